// What folium's own children expect of a page: pictures of markers, and `$`, of which they use two forms.

dmz.icons = (pictures) => {
  L.Icon.Default.imagePath = '';
  L.Icon.Default.mergeOptions(pictures);
};

window.$ = (subject) => {
  if (typeof subject !== 'string') return { ready: (then) => then() };
  const made = document.createElement('template');
  made.innerHTML = subject.trim();
  return made.content.children;
};
