// Let features answer a click, a finger and the keyboard with what their layer says of them.

// A popup scrolls within itself before it outgrows the map, and stays clear of what stands on the map; on a phone the
// map cannot give way for more than half of its height.
dmz.popupOptions = (map) => {
  const caution = map.getContainer().querySelector('.caution');
  const top = caution ? caution.offsetTop + caution.offsetHeight + 6 : 12;
  return {
    minWidth: 200, maxWidth: 320, maxHeight: Math.max(160, Math.round(map.getSize().y * (dmz.prefers(dmz.PHONE) ? 0.48 : 0.6))),
    autoPanPaddingTopLeft: [12, top], autoPanPaddingBottomRight: [12, 36],
  };
};

dmz.answer = (map, layer, feature, shape, options) => {
  shape.bindPopup(() => dmz.popup(layer, feature), options);
  const name = layer.label && feature.properties[layer.label];
  if (name && layer.kind === 'Point' && dmz.prefers('hover: hover')) {
    shape.bindTooltip(() => dmz.el('span', { dir: 'auto', textContent: name }), { direction: 'top', offset: [0, -4] });
  }
  shape.on('add', () => dmz.reachable(map, layer, feature, shape));
};

dmz.popup = (layer, feature) => {
  const rows = Object.entries(layer.popup)
    .map(([column, heading]) => [heading, feature.properties[column]])
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([heading, value]) => dmz.el('tr', {},
      dmz.el('th', { scope: 'row', dir: 'auto', textContent: heading }), dmz.el('td', {}, dmz.linked(dmz.value(value)))));
  return dmz.el('div', { className: 'popup' },
    dmz.el('h3', { dir: 'auto', textContent: layer.title }),
    rows.length ? dmz.el('table', {}, dmz.el('tbody', {}, ...rows)) : null,
    layer.abstract ? dmz.el('p', { dir: 'auto', textContent: layer.abstract }) : null,
    layer.source ? dmz.el('p', { className: 'source' }, 'Source: ', dmz.linked(layer.source)) : null);
};

// One stop of the Tab key a layer: arrows go on within it, Enter opens the popup.
dmz.reachable = (map, layer, feature, shape) => {
  const inner = shape.getElement ? shape : shape.getLayers()[0];
  const element = inner.getElement();
  const name = feature.properties.name || feature.symbol.label || '';
  const attributes = {
    'data-layer': layer.key, role: 'button', tabindex: feature === layer.features[0] ? '0' : '-1',
    'aria-label': name ? `${layer.title}: ${name}` : layer.title,
  };
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter' || event.key === ' ') dmz.openFor(element, inner, feature);
    else if (step) dmz.goOn(map, layer, element, step);
    else if (event.key === 'Escape') inner.closePopup();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
};

dmz.goOn = (map, layer, element, step) => {
  const all = [...map.getContainer().querySelectorAll('path[data-layer]')].filter((path) => path.dataset.layer === layer.key);
  const next = all[(all.indexOf(element) + step + all.length) % all.length];
  element.setAttribute('tabindex', '-1');
  next.setAttribute('tabindex', '0');
  next.focus({ preventScroll: true });
};

// Open a popup from the keyboard: the focus goes into it, and with Escape back to the shape.
dmz.openFor = (element, shape, feature) => {
  const [lng, lat] = feature.at;
  shape.openPopup([lat, lng]);
  const opened = shape.getPopup().getElement();
  opened.tabIndex = -1;
  opened.focus({ preventScroll: true });
  opened.onkeydown = (event) => {
    if (event.key !== 'Escape') return;
    shape.closePopup();
    element.focus({ preventScroll: true });
  };
};
