// Read the island of data, and answer what belongs where.

dmz.read = () => {
  const data = JSON.parse(document.getElementById('atlas').textContent);
  data.basemap = data.layers.filter((layer) => layer.group === 'basemap');
  data.overlays = data.layers.filter((layer) => layer.group !== 'basemap');
  for (const layer of data.layers) layer.features.forEach((feature) => dmz.complete(layer, feature));
  for (const layer of data.overlays) layer.family = dmz.family(layer);
  return data;
};

// Give a feature what the page leaves out of the island: the names of its columns, its own symbol and place.
dmz.complete = (layer, feature) => {
  feature.type = 'Feature';
  const positions = dmz.unpacked(feature.geometry.steps);
  feature.geometry.coordinates = feature.geometry.type === 'Point' ? positions[0] : positions;
  feature.symbol = layer.symbols[feature.symbol || ''];
  feature.properties = Object.fromEntries((layer.columns || []).map((column, i) => [column, feature.values[i]]));
  feature.at = feature.at || feature.geometry.coordinates;
};

// Positions from steps of 1e-5 degrees: x, y, then how far on the next x, y are, and so on.
dmz.unpacked = (steps) => {
  if (Array.isArray(steps[0])) return steps.map(dmz.unpacked);
  let [x, y] = [0, 0];
  const positions = [];
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    positions.push([x / 1e5, y / 1e5]);
  }
  return positions;
};

// Layers of different readings that are the same entry of the legend share one tick: their keys differ by the reading.
dmz.family = (layer) => {
  const tail = `-${layer.reading}`;
  return layer.reading !== null && layer.key.endsWith(tail) ? `${layer.key.slice(0, -tail.length)}-*` : layer.key;
};

dmz.belongs = (layer, state) => layer.reading === null || layer.reading === state.reading;

dmz.visible = (layer, state) => dmz.belongs(layer, state) && state.shown[layer.family];

dmz.collection = (layer) => ({ type: 'FeatureCollection', features: layer.features });

// Letter that stands for a reading where its name is too long.
dmz.letter = (index) => String.fromCharCode(65 + index);

// Reading the address asks for, else the first; an address that means nothing is no error.
dmz.readingOfAddress = (data) => {
  const asked = (/[#&]reading=([^&]*)/.exec(location.hash) || [])[1];
  const found = data.readings.find((reading) => encodeURIComponent(reading.id) === asked || reading.id === asked);
  return (found || data.readings[0] || { id: null }).id;
};

dmz.writeAddress = (state) => {
  if (state.reading === null) return;
  // A page inside a notebook has no address of its own, and browsers refuse to change it.
  try { history.replaceState(null, '', `#reading=${encodeURIComponent(state.reading)}`); } catch { /* none to write */ }
};
