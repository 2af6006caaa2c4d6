/* The desk is whole without this. With it: new letters appear by themselves, letters are reached by keys, a text goes
   in where the cursor stands, colleagues see who is at a letter, a page with unsent words asks before it goes, and a record being written is kept. */
(function () {
  "use strict";
  var doc = document;
  function one(id) { return doc.getElementById(id); }
  function typing(at) {
    return at && (/^(input|textarea|select)$/i.test(at.tagName) || at.isContentEditable);
  }

  /* keys: one letter each, never while typing, and they can be switched off (WCAG 2.1.4) */
  var KEYS = "desk-keys";
  function keysOn() { try { return localStorage.getItem(KEYS) !== "off"; } catch (e) { return true; } }
  var place = one("keys-switch");
  if (place) {
    var label = doc.createElement("label"), box = doc.createElement("input");
    box.type = "checkbox";
    box.checked = keysOn();
    box.addEventListener("change", function () {
      try { localStorage.setItem(KEYS, box.checked ? "on" : "off"); } catch (e) { /* kept for this page only */ }
    });
    label.appendChild(box);
    label.appendChild(doc.createTextNode(" 一文字のキーを使う"));
    place.appendChild(label);
  }
  function step(by) {
    var all = Array.prototype.slice.call(doc.querySelectorAll(".letters a.open"));
    if (!all.length) return;
    var at = all.indexOf(doc.activeElement);
    all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))].focus();
  }
  function put(id) {
    var at = one(id);
    if (!at) return false;
    at.focus();
    at.scrollIntoView({ block: "center" });
    return true;
  }
  doc.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && typing(doc.activeElement)) { doc.activeElement.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) {
      // Ctrl+Enter leads to the button; sending stays a press of its own.
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "body" && one("okuru")) one("okuru").focus();
      return;
    }
    if (!keysOn()) return;
    var done = true;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "g") location.assign("/desk");
    else if (event.key === "n" && doc.querySelector("a[href='/desk/nyuuryoku']")) location.assign("/desk/nyuuryoku");
    else if (event.key === "r") done = put("body");
    else if (event.key === "m") done = put("note");
    else done = false;
    if (done) event.preventDefault();
  });

  /* printing */
  var print = one("insatsu");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", function () { window.print(); });
  }

  /* how much is written */
  Array.prototype.forEach.call(doc.querySelectorAll("textarea[data-count]"), function (area) {
    var said = one(area.getAttribute("data-count")), max = +area.getAttribute("data-max");
    function count() {
      var n = Array.from(area.value.trim()).length;
      said.textContent = n ? n.toLocaleString("ja") + "字（" + max.toLocaleString("ja") + "字まで）" : max.toLocaleString("ja") + "字まで";
      said.className = n > max ? "err small count" : "sub small count";
    }
    area.addEventListener("input", count);
    count();
  });

  /* a text of the office goes in where the cursor stands */
  var pick = one("phrase"), into = one("body"), press = one("ireru");
  if (pick && into && press) {
    press.addEventListener("click", function (event) {
      var chosen = pick.options[pick.selectedIndex], text = chosen && chosen.getAttribute("data-text");
      if (!text) return;
      event.preventDefault();
      var from = into.selectionStart, to = into.selectionEnd, before = into.value.slice(0, from);
      if (before && !/\n$/.test(before)) text = "\n" + text;
      into.setRangeText(text, from, to, "end");
      into.dispatchEvent(new Event("input"));
      into.focus();
    });
  }

  /* nothing typed is lost by leaving */
  var pen = one("fude"), sending = false, first = {};
  function areas() { return pen ? pen.querySelectorAll("textarea") : []; }
  Array.prototype.forEach.call(areas(), function (area) { first[area.id] = area.defaultValue; });
  function unsent() {
    return Array.prototype.some.call(areas(), function (area) { return area.value.trim() && area.value.trim() !== first[area.id].trim(); });
  }
  if (pen) {
    pen.addEventListener("submit", function () { sending = true; });
    addEventListener("beforeunload", function (event) {
      if (!sending && unsent()) { event.preventDefault(); event.returnValue = ""; }
    });
  }

  /* who is at this letter: a sign of life only when somebody really did something */
  if (pen && window.fetch) {
    var moved = Date.now(), told = 0, there = one("hoka");
    ["keydown", "pointermove", "scroll", "pointerdown"].forEach(function (name) {
      addEventListener(name, function () { moved = Date.now(); }, { passive: true });
    });
    var say = function (text) {
      var line = doc.createElement("span");
      line.className = "here";
      line.textContent = text;
      there.appendChild(line);
    };
    var alive = function () {
      if (doc.hidden || moved < told) return;
      told = Date.now();
      var sent = new URLSearchParams();
      sent.set("_t", pen.elements._t.value);
      sent.set("doing", into && into.value.trim() ? "answering" : "viewing");
      fetch(pen.getAttribute("data-alive"), { method: "POST", body: sent, headers: { accept: "application/json" } }).then(function (answer) {
        if (answer.status === 401 || answer.status === 403) {
          there.textContent = "";
          say("サインインが切れました。返事を届けるボタンを押すと、書いたものを残したままサインインできます。");
          return null;
        }
        return answer.ok ? answer.json() : null;
      }).then(function (now) {
        if (!now) return;
        var words = now.others.slice();
        if (now.letters > +pen.getAttribute("data-letters")) words.push("この手紙に、新しい手紙かメモが加わりました。");
        if (words.join() === there.getAttribute("data-words")) return;
        there.setAttribute("data-words", words.join());
        there.textContent = "";
        words.forEach(say);
      }).catch(function () { /* the next sign of life tries again */ });
    };
    setInterval(alive, 20000);
  }

  /* the quick log: a digit chooses, Ctrl+Enter records; what is written is kept on the server every few seconds, sealed
     for its writer alone, and never in this browser */
  var log = one("kaku");
  if (log && window.fetch && window.FormData) {
    var record = one("kiroku"), state = one("tsunagari"), who = one("yomeru");
    var rows = Array.prototype.slice.call(log.querySelectorAll(".log fieldset"));
    if (keysOn()) rows.forEach(function (row) {
      Array.prototype.forEach.call(row.querySelectorAll("label"), function (answer, n) {
        if (n > 9) return;
        var key = doc.createElement("kbd");
        key.textContent = (n + 1) % 10;
        key.setAttribute("aria-hidden", "true");
        answer.appendChild(key);
      });
    });
    var onward = function (row, chosen) {
      var more = chosen.name === "who" && (chosen.value === "new" ? one("tsuzukigara") : chosen.value === "together" ? log.querySelector("[name=together]") : null);
      var next = rows[rows.indexOf(row) + 1];
      (more || (next ? next.querySelector(":checked") || next.querySelector("input") : one("minutes"))).focus();
    };
    log.addEventListener("keydown", function (event) {
      if (event.isComposing) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        record.click();
        return;
      }
      var at = event.target;
      if (at.type !== "radio" || event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key) || !keysOn()) return;
      var row = at.closest("fieldset"), answer = row.querySelectorAll("input")[(+event.key + 9) % 10];
      if (!answer) return;
      event.preventDefault();
      answer.checked = true;
      answer.dispatchEvent(new Event("change", { bubbles: true }));
      onward(row, answer);
    });
    log.addEventListener("change", function (event) {
      var names = event.target.getAttribute("data-readers");
      if (event.target.name === "who" && names) who.querySelector("strong").textContent = names;
    });

    var dirty = Array.prototype.some.call(log.querySelectorAll("textarea"), function (area) { return area.value.trim(); });
    var busy = false, lost = false, gone = false;
    var tell = function (words, loud) {
      state.className = loud ? "guard" : "sub small";
      if (state.textContent !== words) state.textContent = words;
    };
    var whole = function () {
      var sent = new URLSearchParams(new FormData(log));
      sent.set("act", "keep");
      return sent;
    };
    var keep = function () {
      if (!dirty || busy || gone) return;
      dirty = false;
      busy = true;
      fetch(log.getAttribute("action"), { method: "POST", body: whole() }).then(function (answer) {
        busy = false;
        if (answer.status === 401 || answer.status === 403) {
          dirty = true;
          lost = false;
          tell("サインインが切れました。「記録する」を押すと、書いたものを残したままサインインできます。", true);
        } else if (answer.status === 204) {
          var now = new Date();
          tell((lost ? "つながりました。" : "") + "書きかけを預かりました（" + now.getHours() + ":" + ("0" + now.getMinutes()).slice(-2) + "）", false);
          lost = false;
        } else throw new Error();
      }).catch(function () {
        busy = false;
        dirty = lost = true;
        tell("つながりません。この画面を閉じずにお待ちください。書いたものは、この画面に残っています。", true);
      });
    };
    ["input", "change"].forEach(function (name) { log.addEventListener(name, function () { dirty = true; }); });
    setInterval(keep, 4000);
    var last = function () { if (dirty && !gone && navigator.sendBeacon) navigator.sendBeacon(log.getAttribute("action"), whole()); };
    addEventListener("pagehide", last);
    doc.addEventListener("visibilitychange", function () { if (doc.hidden) last(); });
    addEventListener("pageshow", function () { gone = false; });
    addEventListener("beforeunload", function (event) {
      if (lost && dirty && !gone) { event.preventDefault(); event.returnValue = ""; }
    });
    log.addEventListener("submit", function (event) {
      if (lost) { event.preventDefault(); keep(); } else gone = true;
    });
  }

  /* new letters appear by themselves; the stream says that something came, the list is then fetched */
  var frame = one("ichiran-waku"), news = one("shirase");
  if (frame && window.EventSource && window.fetch) {
    var shelf = frame.getAttribute("data-shelf");
    var list = function () { return one("ichiran"); };
    var renew = function (came) {
      fetch(frame.getAttribute("data-list") + "?tana=" + shelf, { headers: { accept: "text/html" } }).then(function (answer) {
        return answer.status === 200 ? answer.text() : null;
      }).then(function (html) {
        if (!html) return;
        var row = doc.activeElement && doc.activeElement.closest ? doc.activeElement.closest("tr[data-id]") : null;
        var id = row && row.getAttribute("data-id");
        frame.innerHTML = html;
        var again = id && frame.querySelector("tr[data-id='" + id + "'] a.open");
        if (again) again.focus();
        var waiting = +list().getAttribute("data-waiting");
        doc.title = doc.title.replace(/^(（\d+）)?/, waiting ? "（" + waiting + "）" : "");
        if (came > 0) news.textContent = "新しい手紙が" + came + "通";
      }).catch(function () { /* the next event tries again */ });
    };
    var stream = new EventSource(frame.getAttribute("data-events"));
    stream.addEventListener("ima", function (event) {
      if (JSON.parse(event.data).stamp !== list().getAttribute("data-stamp")) renew(0);
    });
    stream.addEventListener("kawatta", function (event) { renew(JSON.parse(event.data).came); });
    stream.addEventListener("dare", function (event) {
      Array.prototype.forEach.call(frame.querySelectorAll(".here"), function (old) { old.remove(); });
      JSON.parse(event.data).forEach(function (one) {
        var what = frame.querySelector("tr[data-id='" + one.id + "'] .what");
        if (!what) return;
        var line = doc.createElement("span");
        line.className = "here";
        line.textContent = one.words;
        what.appendChild(line);
      });
    });
    stream.addEventListener("owari", function () {
      stream.close();
      location.assign("/desk/hairu?owari=1");
    });
    // Days go by on an open page: 「きょうまで」 must not stay from yesterday.
    setInterval(function () { if (!doc.hidden) renew(0); }, 600000);
  }

  /* who has not come back from a visit: asked every minute, and never while somebody types into the line */
  var alarm = one("keihou");
  if (alarm && window.fetch) {
    setInterval(function () {
      var busy = Array.prototype.some.call(alarm.querySelectorAll("input[type=text]"), function (field) {
        return field.value || field === doc.activeElement;
      });
      if (doc.hidden || busy) return;
      fetch(alarm.getAttribute("data-from"), { headers: { accept: "text/html" } }).then(function (answer) {
        return answer.status === 200 ? answer.text() : null;
      }).then(function (html) {
        if (html === null || html === alarm.innerHTML) return;
        alarm.innerHTML = html;
      }).catch(function () { /* the next minute tries again */ });
    }, 60000);
  }

  /* signing out takes today's visit cards out of this device */
  var out = doc.querySelector("form[action='/desk/deru']"), leaving = false;
  if (out && window.indexedDB) {
    out.addEventListener("submit", function (event) {
      if (leaving) return;
      event.preventDefault();
      var go = function () { leaving = true; out.submit(); };
      var asked = indexedDB.open("houmon", 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore("mono"); };
      asked.onerror = go;
      asked.onsuccess = function () {
        var db = asked.result, deal = db.transaction("mono", "readwrite"), store = deal.objectStore("mono"), names = store.getAllKeys();
        names.onsuccess = function () {
          var waiting = names.result.filter(function (name) { return name.indexOf("d:") === 0; }).length;
          if (waiting && !confirm("送っていない訪問のメモが" + waiting + "件、この端末にあります。サインアウトすると消えます。サインアウトしますか")) {
            leaving = null;
            return;
          }
          store.clear();
        };
        deal.oncomplete = deal.onabort = function () { db.close(); if (leaving === null) leaving = false; else go(); };
      };
    });
  }
})();
