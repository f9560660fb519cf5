// Keys for people who work here all day. Every key has a button or a link that does the same; a field that has the focus keeps its letters.
(function () {
  'use strict';

  var WRITES = 'input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]';

  function step(by) {
    var rows = Array.prototype.slice.call(document.querySelectorAll('a.dk-row'));
    if (!rows.length) { return; }
    var at = rows.indexOf(document.activeElement);
    var next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    rows[next].focus();
  }

  document.addEventListener('keydown', function (event) {
    var letter = event.key.toLowerCase();
    // With Alt a key works inside a field too; other combinations belong to the browser.
    if (event.ctrlKey || event.metaKey || event.isComposing || (!event.altKey && event.target.closest(WRITES))) { return; }
    if (letter === 'j' || letter === 'k') {
      if (document.querySelector('a.dk-row')) { event.preventDefault(); step(letter === 'j' ? 1 : -1); }
      return;
    }
    if (!/^[a-z0-9/]$/.test(letter)) { return; }
    var does = document.querySelector('[data-key="' + letter + '"]');
    if (!does) { return; }
    event.preventDefault();
    does.focus();
    if (!does.matches(WRITES)) { does.click(); }
  });
}());
