// What stands on the map: zoom, scale, the pointer's place, a caution, whose data it is.

dmz.MIN_ZOOM = 6;
dmz.MAX_ZOOM = 14;
dmz.PHONE = 'max-width: 700px';

dmz.controls = (map, data) => {
  Object.assign(map.options, { zoomSnap: 0.25, zoomDelta: 0.5 });
  if (dmz.prefers('prefers-reduced-motion: reduce')) {
    map.options.inertia = false;
    map.panBy = (offset) => L.Map.prototype.panBy.call(map, offset, { animate: false });
  }
  map.setMinZoom(dmz.MIN_ZOOM).setMaxZoom(dmz.MAX_ZOOM);
  map.getContainer().setAttribute('aria-label', `Map: ${data.title}`);
  map.getContainer().setAttribute('role', 'region');
  map.attributionControl.setPrefix(false);
  dmz.addTo(map, 'bottomright', dmz.credit(data));
  L.control.zoom({ position: dmz.prefers(dmz.PHONE) ? 'bottomright' : 'topright' }).addTo(map);
  dmz.addTo(map, 'bottomleft', dmz.pointer(map));
  L.control.scale({ imperial: false, position: 'bottomleft', maxWidth: 120 }).addTo(map);
  if (data.notes.length) {
    map.getContainer().append(dmz.el('div', { className: 'caution', role: 'note', dir: 'auto', textContent: data.notes[0] }));
  }
};

dmz.addTo = (map, position, element) => {
  if (!element) return;
  const control = L.control({ position });
  control.onAdd = () => element;
  control.addTo(map);
};

// Whose data must be named on the map, in one line; a click opens all sources in the panel. Leaflet would parse an
// attribution as HTML, so this text of the data stands in a control of its own.
dmz.credit = (data) => {
  if (!data.attribution.length) return null;
  const named = [...data.attribution.filter((text) => text.startsWith('©')), 'Leaflet', 'All sources'];
  const button = dmz.el('button', { type: 'button', className: 'leaflet-control-attribution credit', textContent: named.join(' · ') });
  button.addEventListener('click', () => {
    const sources = document.getElementById('sources');
    document.getElementById('panel').classList.add('open');
    sources.open = true;
    sources.scrollIntoView({ block: 'nearest' });
  });
  L.DomEvent.disableClickPropagation(button);
  return button;
};

dmz.pointer = (map) => {
  const place = dmz.el('div', { className: 'pointer', 'aria-hidden': 'true' });
  const half = (value, positive, negative) => `${Math.abs(value).toFixed(4)}° ${value < 0 ? negative : positive}`;
  map.on('mousemove', ({ latlng }) => {
    const { lat, lng } = latlng.wrap();
    place.textContent = `${half(lng, 'E', 'W')}  ${half(lat, 'N', 'S')}`;
  });
  map.on('mouseout', () => { place.textContent = ''; });
  return place;
};

// The basemap, and beside and above it the room that the popup of a place at its edge needs.
dmz.ROOM = { above: 0.45, beside: 0.25 };
dmz.withRoom = (ground) => {
  const [south, west, north, east] = [ground.getSouth(), ground.getWest(), ground.getNorth(), ground.getEast()];
  const beside = dmz.ROOM.beside * (east - west);
  return L.latLngBounds([south, west - beside], [north + dmz.ROOM.above * (north - south), east + beside]);
};

// Show the zones of the reading, or all there is. The map ends where the basemap ends, but never hides a zone for it.
dmz.fit = (map, data, drawn, state) => {
  const all = [...drawn].filter(([layer]) => dmz.visible(layer, state));
  const zones = all.filter(([layer]) => layer.group === 'zone');
  const bounds = L.latLngBounds([]);
  for (const [, shapes] of zones.length ? zones : all) bounds.extend(shapes.getBounds());
  map.invalidateSize({ animate: false });
  const ground = dmz.groundOf(data);
  if (bounds.isValid()) map.fitBounds(bounds, { paddingTopLeft: [20, 44], paddingBottomRight: [20, 28], animate: false });
  if (!ground.isValid()) return bounds;
  for (const [, shapes] of drawn) ground.extend(shapes.getBounds());
  map.setMinZoom(Math.min(map.getZoom(), map.getBoundsZoom(ground, true)));
  map.options.maxBoundsViscosity = 1;
  map.setMaxBounds(dmz.withRoom(ground));
  return bounds;
};
