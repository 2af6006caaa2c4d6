/* The service worker of the visit cards. It keeps the empty shell, its style and its script, so that the page opens
   without a network; it never sees a card. Whatever is older than it may be is swept away whenever it wakes. */
"use strict";
var SHELL = "/desk/houmon/kara", CARDS = "/desk/houmon/kaado", FILES = "FILES";
var SHELF = "houmon-" + FILES.join("").replace(/[^0-9a-f]/g, "").slice(-40);

function sweep() {
  return new Promise(function (done) {
    var asked = indexedDB.open("houmon", 1);
    asked.onupgradeneeded = function () { asked.result.createObjectStore("mono"); };
    asked.onerror = function () { done(); };
    asked.onsuccess = function () {
      var db = asked.result, left = 0, old = 0, now = Date.now();
      db.onversionchange = function () { db.close(); };
      var deal = db.transaction("mono", "readwrite"), store = deal.objectStore("mono"), walk = store.openCursor();
      walk.onsuccess = function () {
        var at = walk.result;
        if (at) {
          if (at.value && at.value.until) {
            if (at.value.until <= now) { at.delete(); old++; } else left++;
          }
          at.continue();
        } else if (old && !left) store.clear();
      };
      deal.oncomplete = deal.onabort = function () { db.close(); done(); };
    };
  });
}

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(SHELF).then(function (shelf) { return shelf.addAll([SHELL].concat(FILES)); })
    .then(function () { return self.skipWaiting(); }));
});
self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.map(function (name) {
      return name.indexOf("houmon-") === 0 && name !== SHELF ? caches.delete(name) : null;
    }));
  }).then(sweep).then(function () { return self.clients.claim(); }));
});
self.addEventListener("fetch", function (event) {
  var asked = event.request, path = new URL(asked.url).pathname;
  if (asked.method !== "GET") return;
  if (asked.mode === "navigate" && path === CARDS) {
    event.respondWith(fetch(asked).catch(function () { return caches.match(SHELL); }));
  } else if (FILES.indexOf(path) >= 0) {
    event.respondWith(caches.match(path).then(function (kept) { return kept || fetch(asked); }));
  }
});
sweep();
