/* Optional. Without it the link 「この画面をとじる」 works by itself; with it the page is hidden at once, the address is
   replaced in the history, and pressing Shift three times does the same (never while typing in a field). */
(function () {
  var link = document.getElementById("toziru"), pressed = 0, last = 0, root = document.documentElement;
  if (!link) return;
  function leave(event) {
    if (event) event.preventDefault();
    root.className += " gone";
    document.title = "";
    location.replace(link.href);
  }
  function typing(at) {
    return at && (/^(input|textarea|select)$/i.test(at.tagName) || at.isContentEditable);
  }
  link.addEventListener("click", leave);
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Shift") { pressed = 0; return; }
    if (event.repeat || typing(event.target)) return;
    var now = Date.now();
    pressed = now - last > 5000 ? 1 : pressed + 1;
    last = now;
    if (pressed >= 3) leave();
  });
  addEventListener("pageshow", function (event) {
    if (event.persisted && / gone/.test(root.className)) location.replace("/");
  });
})();
