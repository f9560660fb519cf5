// Files go one by one: each says how far it is, and a broken one is sent again without the others. Without this the form sends them all.
(function () {
  'use strict';
  var STILL = 60000;

  function row(list, name) {
    var item = document.createElement('li'), part = document.createElement('div'), head = document.createElement('div');
    var title = document.createElement('b'), tag = document.createElement('span'), small = document.createElement('small');
    var bar = document.createElement('progress');
    head.className = 'ah-head';
    tag.className = 'ah-tag';
    title.textContent = name;
    bar.className = 'ah-bar';
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute('aria-label', name);
    small.setAttribute('role', 'status');
    head.append(title, tag);
    part.append(head, bar, small);
    item.append(part);
    list.append(item);
    return { part: part, tag: tag, bar: bar, small: small };
  }

  document.querySelectorAll('form[data-upload]').forEach(function (form) {
    var list = form.querySelector('[data-files]'), input = form.querySelector('input[type="file"]'), told = form.dataset;

    function send(file, shown) {
      return new Promise(function (done) {
        var sent = new FormData(form), request = new XMLHttpRequest(), quiet;
        // A line that stands still never says so by itself.
        function wait() { clearTimeout(quiet); quiet = setTimeout(function () { request.abort(); }, STILL); }
        sent.delete('files');
        sent.append('files', file);
        shown.tag.textContent = told.sends;
        shown.small.classList.remove('ah-fix');
        request.open('POST', form.action);
        request.setRequestHeader('Accept', 'application/json');
        request.upload.addEventListener('progress', function (event) {
          wait();
          if (!event.lengthComputable) { return; }
          var percent = Math.floor(event.loaded / event.total * 100);
          shown.bar.value = percent;
          shown.small.textContent = told.done.replace('{n}', percent);
        });
        request.addEventListener('load', function () {
          clearTimeout(quiet);
          var answer = null;
          try { answer = JSON.parse(request.responseText); } catch (fault) { answer = null; }
          // Signed out meanwhile, or the page is too old: the page itself says what to do.
          if (!answer || !answer.words) { window.location.reload(); return; }
          shown.bar.hidden = true;
          shown.tag.textContent = answer.words.length ? told.not : told.got;
          shown.small.textContent = answer.words.join(' ');
          shown.small.classList.toggle('ah-fix', answer.words.length > 0);
          done(answer.words.length === 0);
        });
        function broken() {
          clearTimeout(quiet);
          var again = document.createElement('button');
          again.type = 'button';
          again.className = 'ah-plain';
          again.textContent = told.again;
          shown.tag.textContent = told.not;
          shown.small.textContent = told.broken;
          shown.small.classList.add('ah-fix');
          shown.part.append(again);
          again.addEventListener('click', function () { again.remove(); send(file, shown).then(done); });
        }
        request.addEventListener('error', broken);
        request.addEventListener('abort', broken);
        wait();
        request.send(sent);
      });
    }

    form.addEventListener('submit', function (event) {
      var files = Array.prototype.slice.call(input.files);
      // What is missing is told by the server, in its own words.
      if (!files.length || !form.querySelector('[name="kind"]:checked')) { return; }
      event.preventDefault();
      event.stopPropagation();
      // What an earlier answer said is over.
      document.querySelectorAll('.ah-fixes, main .ah-field .ah-fix, fieldset > .ah-fix').forEach(function (said) { said.remove(); });
      list.hidden = false;
      list.textContent = '';
      var rows = files.map(function (_file, number) { return row(list, told.photo.replace('{n}', number + 1)); });
      rows.forEach(function (shown) { shown.tag.textContent = told.waits; });
      files.reduce(function (before, file, number) {
        return before.then(function (all) {
          return send(file, rows[number]).then(function (taken) { return all && taken; });
        });
      }, Promise.resolve(true)).then(function (all) {
        if (all) { window.location.reload(); } else { input.value = ''; }
      });
    });
  });
}());
