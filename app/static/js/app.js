// Small comforts on top of pages that work without them.
(function () {
  'use strict';

  // After a refused form the list of things to mend takes focus.
  var fixes = document.querySelector('[data-focus]');
  if (fixes) { fixes.focus(); }

  // Going back to a refused form, to a desk page that a form led to, or reloading it, fetches its page instead of asking to send it again.
  var page = document.body.dataset.page;
  if (page && (fixes || 'once' in document.body.dataset)) { window.history.replaceState(null, '', page); }

  // A pressed submit button says so and keeps its width; it stays pressable, the server takes a second tap as the first.
  document.addEventListener('submit', function (event) {
    var button = event.submitter;
    if (!button || button.hasAttribute('data-quiet') || event.defaultPrevented) { return; }
    var busy = button.getAttribute('data-busy');
    if (!busy) { return; }
    var words = button.textContent;
    button.textContent = busy;
    button.setAttribute('aria-live', 'polite');
    window.addEventListener('pageshow', function () { button.textContent = words; }, { once: true });
  });

  // Leaving quickly: the page is gone at once, its place in the history goes to the page outside.
  document.querySelectorAll('form[data-leave]').forEach(function (form) {
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      var sent = new FormData(form);
      document.body.textContent = '';
      fetch(form.action, { method: 'POST', body: sent, credentials: 'same-origin', keepalive: true }).catch(function () {});
      window.location.replace(form.dataset.leave);
    });
  });

  // A zero that stands in a field is typed over, not added to.
  document.addEventListener('focusin', function (event) {
    if (event.target.inputMode === 'decimal' && event.target.value === '0') { event.target.select(); }
  });

  // Where a part of the page follows an answer by itself, no button is needed for it.
  if (window.htmx) { document.querySelectorAll('[data-by-hand]').forEach(function (button) { button.hidden = true; }); }

  // Copy buttons appear only where copying works.
  document.querySelectorAll('[data-copy]').forEach(function (button) {
    if (!navigator.clipboard) { return; }
    button.hidden = false;
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        button.textContent = button.dataset.done;
      });
    });
  });

  // A wait counts down in words, the reading time beside its bar too; no button waits for it, the server does.
  document.querySelectorAll('[data-reading]').forEach(function (part) {
    var bar = part.querySelector('progress'), words = part.querySelector('span');
    var ends = Date.now() + Number(part.dataset.reading) * 1000;
    function tell() {
      var left = Math.ceil((ends - Date.now()) / 1000);
      if (bar) { bar.value = bar.max - Math.max(0, left); }
      words.textContent = left > 0 ? part.dataset.wait.replace('{n}', left) : part.dataset.done;
      if (left > 0) { window.setTimeout(tell, 250); } else { words.setAttribute('role', 'status'); }
    }
    if (Number(part.dataset.reading) > 0) { tell(); }
  });

  // On to where one pays, once: who comes back by the back button, or from there, stays here.
  function once(name, act) {
    var key = 'went:' + name;
    try {
      if (window.sessionStorage.getItem(key)) { return; }
      window.sessionStorage.setItem(key, '1');
    } catch (_) { return; }
    act();
  }
  document.querySelectorAll('a[data-go]').forEach(function (link) {
    once(link.dataset.go + link.href, function () { window.location.assign(link.href); });
  });
  document.querySelectorAll('form[data-once]').forEach(function (form) {
    once(form.dataset.once, function () { form.submit(); });
  });

  // Inside an app that pays by itself its own window is opened; it says nothing of what became of it that we would believe.
  document.querySelectorAll('[data-bridge]').forEach(function (button) {
    function ready() {
      button.hidden = false;
      document.querySelectorAll('[data-no-bridge]').forEach(function (words) { words.hidden = true; });
      button.addEventListener('click', function () {
        window.WeixinJSBridge.invoke('getBrandWCPayRequest', JSON.parse(button.dataset.bridge), function () {});
      });
    }
    if (window.WeixinJSBridge) { ready(); } else { document.addEventListener('WeixinJSBridgeReady', ready, { once: true }); }
  });

  // Whether money has come is asked by itself for some minutes, ever more slowly.
  document.querySelectorAll('form[data-asks]').forEach(function (form) {
    var words = document.querySelector('[data-asking]'), wait = 4, left = 24;
    words.textContent = words.dataset.asking;
    function ask() {
      if (!left) { return; }
      left -= 1;
      if (document.hidden) { next(); return; }
      fetch(form.action, { method: 'POST', body: new FormData(form), credentials: 'same-origin', headers: { Accept: 'application/json' } })
        .then(function (answer) { return answer.redirected || !answer.ok ? { state: '' } : answer.json(); })
        .then(function (told) { if (told.state === 'waiting') { next(); } else { window.location.reload(); } })
        .catch(next);
    }
    function next() {
      wait = Math.min(wait + 1, 15);
      window.setTimeout(ask, wait * 1000);
    }
    window.setTimeout(ask, wait * 1000);
  });

  // Figures that were asked for once more are not asked for again: where no answer comes, nothing is sent in a circle.
  var asked = null;

  // Sliders echo their value.
  document.querySelectorAll('input[type="range"][data-out]').forEach(function (input) {
    var out = document.getElementById(input.dataset.out);
    input.addEventListener('input', function () {
      out.textContent = '\u00a5' + Number(input.value).toLocaleString('zh-CN');
    });
  });

  // A slider that went on moving while figures were under way: they are fetched again for where it stands, so the last place wins.
  document.body.addEventListener('htmx:finally:request', function () {
    window.setTimeout(function () {
      var moved = document.querySelector('[data-sliders]'), offer = document.getElementById('plan-offer');
      if (!moved || !offer || offer === asked) { return; }
      var behind = Array.prototype.find.call(moved.querySelectorAll('input[type="range"]'), function (input) {
        return input.value !== offer.dataset[input.name];
      });
      asked = offer;
      if (behind) { behind.dispatchEvent(new Event('change', { bubbles: true })); }
    }, 0);
  });

  // Some time before an idle sign-out the page asks; one tap stays.
  var idle = Number(document.body.dataset.idleSeconds || 0);
  var warning = Number(document.body.dataset.idleWarning);
  var dialog = document.getElementById('idle');
  if (!idle || !dialog || !dialog.showModal) { return; }
  var timer;
  function wait() {
    window.clearTimeout(timer);
    timer = window.setTimeout(function () { dialog.showModal(); }, Math.max(10, idle - warning) * 1000);
  }
  dialog.querySelector('form').addEventListener('submit', function (event) {
    event.preventDefault();
    fetch(event.target.action, { method: 'POST', body: new FormData(event.target), credentials: 'same-origin' })
      .then(function (answer) {
        if (answer.ok && !answer.redirected) { dialog.close(); wait(); } else { window.location.reload(); }
      })
      .catch(function () { dialog.close(); wait(); });
  });
  document.body.addEventListener('htmx:after:request', wait);
  wait();
}());
