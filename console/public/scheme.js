// Before the first paint: the colour scheme and language people chose, else the browser's.
(function () {
  var scheme = localStorage.getItem('plimsoll.scheme');
  if (scheme !== 'light' && scheme !== 'dark') {
    scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
  var language = localStorage.getItem('plimsoll.language') || navigator.language;
  document.documentElement.lang = /^zh/.test(language) ? 'zh-CN' : 'en';
})();
