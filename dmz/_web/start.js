// Put the page together: read the data, draw the layers, keep map, panel and address in step.

dmz.MIN_ZOOM = 7;
dmz.MAX_ZOOM = 14;

dmz.start = (map) => {
  const data = JSON.parse(document.getElementById('atlas').textContent);
  const overlays = data.layers.filter((layer) => layer.group !== 'basemap');
  const basemap = data.layers.filter((layer) => layer.group === 'basemap');
  dmz.families(overlays);
  const state = {
    reading: dmz.readingOfAddress(data),
    shown: Object.fromEntries(overlays.map((layer) => [layer.family, layer.visible])),
  };
  dmz.controls(map, data);
  dmz.drawBasemap(map, basemap);
  const drawn = new Map(overlays.map((layer, order) => [layer, dmz.drawLayer(map, layer, order)]));
  const visible = (layer) => dmz.belongs(layer, state) && state.shown[layer.family];
  const writeLabels = dmz.labels(map, [...overlays, ...basemap].filter((layer) => layer.label));
  const label = () => writeLabels((layer) => layer.group !== 'basemap' && !visible(layer));

  const changed = () => {
    for (const [layer, shape] of drawn) {
      if (visible(layer) && !map.hasLayer(shape)) shape.addTo(map);
      if (!visible(layer) && map.hasLayer(shape)) map.removeLayer(shape);
    }
    refresh();
    label();
    if (state.reading) history.replaceState(null, '', `#reading=${encodeURIComponent(state.reading)}`);
  };
  const refresh = dmz.panel(data, state, changed);
  dmz.fit(map, drawn, state, basemap);
  changed();
  map.on('moveend', label);
  addEventListener('hashchange', () => { state.reading = dmz.readingOfAddress(data); changed(); });
  dmz.map = map;
};

// Layers of different readings that are the same entry of the legend share one tick.
dmz.families = (layers) => {
  const counts = {};
  for (const layer of layers) {
    if (layer.reading === null) { layer.family = layer.key; continue; }
    const place = `${layer.reading} ${layer.group}`;
    counts[place] = (counts[place] || 0) + 1;
    layer.family = `${layer.group} ${counts[place]}`;
  }
};

dmz.readingOfAddress = (data) => {
  const asked = /[#&]reading=([^&]*)/.exec(location.hash);
  const found = asked && data.readings.find((reading) => reading.id === decodeURIComponent(asked[1]));
  return (found || data.readings[0] || { id: null }).id;
};

dmz.controls = (map, data) => {
  Object.assign(map.options, { zoomSnap: 0.25, zoomDelta: 0.5 });
  map.setMinZoom(dmz.MIN_ZOOM).setMaxZoom(dmz.MAX_ZOOM);
  // Leaflet parses an attribution as HTML; ours is text of the data, so it stands in a control of its own.
  const credits = ['Leaflet', ...data.attribution.filter((text) => text.startsWith('©'))].join(' · ');
  const credit = L.control({ position: 'bottomright' });
  credit.onAdd = () => dmz.el('div', { className: 'leaflet-control-attribution', textContent: credits });
  map.attributionControl.setPrefix('');
  credit.addTo(map);
  L.control.zoom({ position: 'topright' }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomleft', maxWidth: 140 }).addTo(map);
  const place = dmz.el('div', { className: 'pointer', 'aria-hidden': 'true' });
  const pointer = L.control({ position: 'bottomleft' });
  pointer.onAdd = () => place;
  pointer.addTo(map);
  map.on('mousemove', (event) => {
    const { lat, lng } = event.latlng.wrap();
    place.textContent = `${Math.abs(lng).toFixed(4)}° ${lng < 0 ? 'W' : 'E'}  ${Math.abs(lat).toFixed(4)}° ${lat < 0 ? 'S' : 'N'}`;
  });
  if (data.notes.length) {
    map.getContainer().append(dmz.el('div', { className: 'caution', role: 'note', dir: 'auto', textContent: data.notes[0] }));
  }
};

// Show the zone of the reading, or all there is; the map ends where the basemap ends.
dmz.fit = (map, drawn, state, basemap) => {
  const all = [...drawn].filter(([layer]) => dmz.belongs(layer, state));
  const zones = all.filter(([layer]) => layer.group === 'zone');
  const bounds = L.latLngBounds([]);
  for (const [, shape] of zones.length ? zones : all) bounds.extend(shape.getBounds());
  map.invalidateSize({ animate: false });
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [24, 24], animate: false });
  const ground = dmz.groundOf(basemap);
  if (ground.isValid()) map.setMaxBounds(ground.pad(0.1));
};
