/* Visit cards in the device. The browser encrypts today's own cards (AES-GCM) under a key that needs both the PIN
   (PBKDF2, 600,000 rounds) and a key of this browser that cannot be taken out of it; only ciphertext is kept, until the
   end of the day. What is typed is kept the same way, for 24 hours, and goes to the office as drafts. */
(function () {
  "use strict";
  var doc = document, box = doc.getElementById("hako");
  var ROUNDS = 600000, TRIES = 5, DAY = 86400000, REST = 300000;
  if (!box) return;
  var online = !!box.getAttribute("data-token"), key = null, cards = null, rest = null;

  function el(name, words, attributes) {
    var made = doc.createElement(name);
    if (words) made.textContent = words;
    Object.keys(attributes || {}).forEach(function (one) { made.setAttribute(one, attributes[one]); });
    return made;
  }
  function clear() { while (box.firstChild) box.removeChild(box.firstChild); }
  function say(words, kind) { return box.appendChild(el("p", words, kind ? { class: kind } : {})); }
  if (!window.indexedDB || !window.crypto || !crypto.subtle || !navigator.serviceWorker) {
    say("この端末では、カードを入れておけません（安全な接続と、新しいブラウザが要ります）。紙に印刷して持っていけます。");
    return;
  }

  /* the store: one shelf, ciphertext and dates only */
  function base() {
    return new Promise(function (done, failed) {
      var asked = indexedDB.open("houmon", 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore("mono"); };
      asked.onerror = function () { failed(asked.error); };
      asked.onsuccess = function () {
        asked.result.onversionchange = function () { asked.result.close(); lock(); };
        done(asked.result);
      };
    });
  }
  function deal(mode, work) {
    return base().then(function (db) {
      return new Promise(function (done, failed) {
        var open = db.transaction("mono", mode), out = work(open.objectStore("mono"));
        open.oncomplete = function () { db.close(); done(out && "result" in out ? out.result : undefined); };
        open.onabort = open.onerror = function () { db.close(); failed(open.error); };
      });
    });
  }
  function get(name) { return deal("readonly", function (store) { return store.get(name); }); }
  function put(name, value) { return deal("readwrite", function (store) { return store.put(value, name); }); }
  function drop(name) { return deal("readwrite", function (store) { return store.delete(name); }); }
  function wipe() {
    key = cards = null;
    return deal("readwrite", function (store) { return store.clear(); });
  }
  function names() { return deal("readonly", function (store) { return store.getAllKeys(); }); }
  function drafts() {
    return names().then(function (all) { return all.filter(function (one) { return one.indexOf("d:") === 0; }); });
  }
  /* what is older than it may be goes; when nothing is left, the keys go too */
  function sweep() {
    return names().then(function (all) {
      return Promise.all(all.map(function (name) { return get(name).then(function (value) { return [name, value]; }); }));
    }).then(function (all) {
      var now = Date.now(), dated = all.filter(function (one) { return one[1] && one[1].until; });
      var old = dated.filter(function (one) { return one[1].until <= now; });
      if (all.length && old.length === dated.length) return wipe();
      return Promise.all(old.map(function (one) { return drop(one[0]); }));
    });
  }

  /* sealing */
  function bytes(text) { return new TextEncoder().encode(text); }
  function derive(pin, salt, device) {
    return crypto.subtle.importKey("raw", bytes(pin.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]).then(function (from) {
      return crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: salt, iterations: ROUNDS }, from, 256);
    }).then(function (half) { return crypto.subtle.sign("HMAC", device, half); })
      .then(function (whole) { return crypto.subtle.importKey("raw", whole, "AES-GCM", false, ["encrypt", "decrypt"]); });
  }
  function seal(name, until, value, more) {
    var iv = crypto.getRandomValues(new Uint8Array(12));
    return crypto.subtle.encrypt({ name: "AES-GCM", iv: iv, additionalData: bytes(name + "/" + until) }, key, bytes(JSON.stringify(value)))
      .then(function (data) {
        var kept = { iv: iv, data: data, until: until };
        Object.keys(more || {}).forEach(function (one) { kept[one] = more[one]; });
        return put(name, kept);
      });
  }
  function open(name, kept, with_) {
    return crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv, additionalData: bytes(name + "/" + kept.until) }, with_ || key, kept.data)
      .then(function (plain) { return JSON.parse(new TextDecoder().decode(plain)); });
  }

  /* screens */
  function lock() { key = cards = null; start(); }
  function awake() {
    clearTimeout(rest);
    rest = setTimeout(function () { if (key) lock(); }, REST);
  }
  ["keydown", "pointerdown", "scroll"].forEach(function (name) { addEventListener(name, awake, { passive: true }); });
  function button(words, kind, press) {
    var made = el("button", words, { type: "button", class: "btn" + (kind ? " " + kind : "") });
    made.addEventListener("click", press);
    return made;
  }
  function pinField(id, words, hint) {
    var field = el("div", "", { class: "field" }), label = el("label", words, { for: id });
    var input = el("input", "", { id: id, type: "password", autocomplete: "off", inputmode: "text" });
    field.appendChild(label);
    if (hint) field.appendChild(el("p", hint, { class: "hint" }));
    field.appendChild(input);
    box.appendChild(field);
    return input;
  }
  function moment(at) {
    var day = new Date(at);
    return (day.getMonth() + 1) + "月" + day.getDate() + "日 " + day.getHours() + ":" + ("0" + day.getMinutes()).slice(-2);
  }
  function start() {
    return sweep().then(function () { return Promise.all([get("meta"), get("cards"), drafts()]); }).then(function (found) {
      clear();
      if (found[0]) askPin(found[1], found[2].length);
      else if (online) askNewPin();
      else say("この端末には、カードは入っていません。消える時刻がすぎたか、まだ入れていません。");
    });
  }
  function askNewPin(said) {
    clear();
    if (said) say(said, "guard");
    var one = pinField("pin", "PIN（自分で決めます。6字以上）", "数字だけでなく、文字をまぜると強くなります。忘れると開けません。"),
      two = pinField("pin2", "PINをもう一度");
    box.appendChild(button("この端末に今日の分を入れる", "", function () {
      if (Array.from(one.value).length < 6) return askNewPin("PINは6字以上にしてください。");
      if (one.value !== two.value) return askNewPin("二つのPINがちがいます。");
      var pin = one.value, salt = crypto.getRandomValues(new Uint8Array(16));
      clear();
      say("入れています。");
      crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]).then(function (device) {
        return derive(pin, salt, device).then(function (made) {
          key = made;
          return put("device", device);
        });
      }).then(function () { return put("meta", { salt: salt, tries: 0 }); }).then(take).catch(function () {
        wipe();
        askNewPin("入れられませんでした。つながっているか、サインインしているかを確かめてください。");
      });
    }));
  }
  /* today's cards, from the office, under the present key */
  function take() {
    return navigator.serviceWorker.register(box.getAttribute("data-sw"), { scope: "/desk/houmon/" })
      .then(function () { return navigator.serviceWorker.ready; })
      .then(function () { return fetch(box.getAttribute("data-json"), { headers: { accept: "application/json" }, redirect: "error" }); })
      .then(function (answer) {
        if (!answer.ok) throw new Error("no cards");
        return answer.json();
      }).then(function (sent) {
        var until = Math.min(sent.until, Date.now() + DAY);
        return seal("cards", until, sent).then(function () {
          cards = sent;
          return show("入りました。" + moment(until) + "に消えます。");
        });
      });
  }
  function askPin(kept, waiting) {
    if (kept) say("きょうのカードが入っています。" + moment(kept.until) + "に消えます。");
    if (waiting) say("送っていないメモが" + waiting + "件あります。" + (online ? "PINを入れると送ります。" : "つながったときに、PINを入れると送れます。"), "guard");
    var input = pinField("pin", "PIN"), row = el("div", "", { class: "hako-acts" });
    var unlock = function () {
      var pin = input.value;
      unlock = function () { /* one at a time */ };
      Promise.all([get("meta"), get("device"), get("cards"), drafts()]).then(function (found) {
        return derive(pin, found[0].salt, found[1]).then(function (made) {
          var name = found[2] ? "cards" : found[3][0];
          return get(name).then(function (one) { return open(name, one, made); }).then(function (plain) {
            key = made;
            cards = found[2] ? plain : null;
            return put("meta", { salt: found[0].salt, tries: 0 });
          }, function () {
            var tries = found[0].tries + 1;
            if (tries >= TRIES) return wipe().then(function () { clear(); say("PINが5回ちがったので、端末の中のカードを消しました。", "guard"); throw 0; });
            return put("meta", { salt: found[0].salt, tries: tries }).then(function () {
              return start().then(function () { say("PINがちがいます。あと" + (TRIES - tries) + "回で、中身は消えます。", "guard"); throw 0; });
            });
          });
        });
      }).then(function () {
        awake();
        return online ? send() : show();
      }).catch(function (why) { if (why !== 0) start(); });
    };
    input.addEventListener("keydown", function (event) { if (event.key === "Enter") unlock(); });
    row.appendChild(button("開く", "", function () { unlock(); }));
    row.appendChild(button("端末から消す", "line", function () {
      if (!waiting || confirm("送っていないメモも消えます。消しますか")) wipe().then(start);
    }));
    box.appendChild(row);
  }
  function line(list, what, words) {
    if (!words || !words.length) return;
    list.appendChild(el("dt", what));
    list.appendChild(el("dd", words, { class: "words" }));
  }
  function show(said) {
    return drafts().then(function (all) {
      return Promise.all(all.map(function (name) {
        return get(name).then(function (kept) {
          return open(name, kept).then(function (draft) { return { name: name, kept: kept, draft: draft }; });
        });
      }));
    }).then(function (written) {
      clear();
      if (said) say(said, "notice ok");
      if (cards && cards.phone) say(cards.office + "　" + cards.phone);
      (cards ? cards.cards : []).forEach(function (card) { box.appendChild(one(card, written)); });
      if (cards && !cards.cards.length) say("きょうの自分の訪問は、ありません。");
      var here = cards ? cards.cards.map(function (card) { return card.visit; }) : [];
      written.forEach(function (kept) {
        if (here.indexOf(kept.draft.visit) < 0 || kept.kept.tried) {
          say("送っていないメモ（" + moment(kept.kept.until) + "に端末から消えます）：" + kept.draft.words);
        }
      });
      var row = el("div", "", { class: "hako-acts" });
      if (online && written.length) row.appendChild(button("送っていないメモを送る", "", function () { send(); }));
      if (online) row.appendChild(button("今日の分を入れ直す", "line", function () {
        take().catch(function () { show("入れ直せませんでした。サインインしているかを確かめてください。"); });
      }));
      row.appendChild(button("閉じる", "line", lock));
      box.appendChild(row);
    });
  }
  function one(card, written) {
    var section = el("section", "", { class: "card vcard" }), list = el("dl", "", { class: "line" });
    section.appendChild(el("h3", card.leave + "〜" + card.back + (card.called ? "　" + card.called + "さん" : "")));
    if (card.knows) section.appendChild(el("p", card.knows, { class: "guard" }));
    line(list, "だれに", card.target);
    line(list, "行く人", card.names);
    line(list, "場所", card.place);
    line(list, "目的", card.goals.concat(card.goal ? [card.goal] : []).join("　"));
    line(list, "決めたこと", card.agreed);
    line(list, "言うこと・言わないこと", card.say);
    card.rules.forEach(function (rule) { line(list, "連絡のきまり", rule); });
    card.flags.forEach(function (flag) { line(list, "安全の旗", flag); });
    line(list, "気をつけること", card.careful);
    section.appendChild(list);
    var mine = written.filter(function (kept) { return kept.draft.visit === card.visit && !kept.kept.tried; })[0];
    var id = mine ? mine.name.slice(2) : fresh();
    var field = el("div", "", { class: "field" }), area = el("textarea", "", { id: "memo-" + card.visit, rows: "5", autocomplete: "off" });
    var said = el("p", "", { class: "sub small", role: "status" });
    var whose = el("select", "", { id: "dare-" + card.visit });
    (card.voices || []).forEach(function (voice) { whose.appendChild(el("option", voice[1], { value: voice[0] })); });
    whose.value = mine ? mine.draft.whose : "staff";
    field.appendChild(el("label", "だれの言葉ですか（その人の区画に残ります）", { for: "dare-" + card.visit }));
    field.appendChild(whose);
    field.appendChild(el("label", "メモ（この端末の中だけに残り、つながったときに下書きとして送れます）", { for: "memo-" + card.visit }));
    area.value = mine ? mine.draft.words : "";
    var wait = null;
    var keep = function () {
      clearTimeout(wait);
      said.textContent = "";
      wait = setTimeout(function () {
        if (!key) return;
        var name = "d:" + id, until = Date.now() + DAY;
        var kept = area.value.trim()
          ? seal(name, until, { visit: card.visit, based: card.based_on, typed: Date.now(), whose: whose.value, words: area.value }).then(function () {
            said.textContent = "端末に残しました。" + moment(until) + "に消えます。";
          })
          : drop(name);
        kept.catch(function () { said.textContent = "端末に残せませんでした。"; });
      }, 400);
    };
    area.addEventListener("input", keep);
    whose.addEventListener("change", keep);
    field.appendChild(area);
    field.appendChild(said);
    section.appendChild(field);
    return section;
  }
  function fresh() {
    return Array.prototype.map.call(crypto.getRandomValues(new Uint8Array(16)), function (n) { return ("0" + n.toString(16)).slice(-2); }).join("");
  }
  /* drafts to the office, one after the other; what was sent once is never changed here again, so that sending it twice
     is the same draft */
  function send() {
    return drafts().then(function (all) {
      var done = 0, beside = 0, stopped = "";
      return all.reduce(function (before, name) {
        return before.then(function () {
          if (stopped) return null;
          return get(name).then(function (kept) {
            return open(name, kept).then(function (draft) {
              return seal(name, kept.until, draft, { tried: true }).then(function () {
                var form = new URLSearchParams();
                form.set("_t", box.getAttribute("data-token"));
                form.set("visit", draft.visit);
                form.set("client", name.slice(2));
                form.set("typed", draft.typed);
                form.set("based", draft.based);
                form.set("whose", draft.whose || "");
                form.set("words", draft.words);
                return fetch(box.getAttribute("data-okuru"), { method: "POST", body: form, headers: { accept: "application/json" } });
              });
            });
          }).then(function (answer) {
            if (answer.status === 401 || answer.status === 403) stopped = "サインインが切れています。サインインし直すと、続きから送れます。メモは端末に残っています。";
            else if (!answer.ok) stopped = "送れなかったメモがあります。端末に残っています。";
            else return answer.json().then(function (now) {
              done++;
              if (now.beside) beside++;
              return drop(name);
            });
            return null;
          }, function () { stopped = "つながらないため、送れませんでした。メモは端末に残っています。"; });
        });
      }, Promise.resolve()).then(function () {
        var words = done ? "メモを" + done + "件、下書きとして届けました。" : "";
        if (beside) words += "センターでも書かれていたので、どちらも残しています。";
        return sweep().then(function () { return get("meta"); }).then(function (meta) {
          if (meta) return show((words + stopped) || undefined);
          return start().then(function () { if (words + stopped) say(words + stopped, "notice ok"); });
        });
      });
    });
  }
  start().catch(function () { clear(); say("端末の中を読めませんでした。"); });
})();
