// Draw layers on the map: the basemap on canvas beneath, everything else as SVG in a pane of its own.

dmz.SEA = '#d5e3ea';
// Groups whose lines are drawn on a white edge, so that they stand out from the fills they cross.
dmz.EDGED = new Set(['line', 'corridors']);
// More points than this are drawn smaller on a small scale.
dmz.MANY = 40;

dmz.pane = (map, name, zIndex, answers) => {
  const pane = map.createPane(name);
  pane.style.zIndex = zIndex;
  if (!answers) pane.style.pointerEvents = 'none';
  return name;
};

dmz.groundOf = (data) => data.basemap.reduce(
  (bounds, layer) => bounds.extend(L.geoJSON(dmz.collection(layer)).getBounds()), L.latLngBounds([]));

// What is no land inside the basemap is sea; beyond its edge nothing is known, and the page's ground shows.
dmz.drawBasemap = (map, data) => {
  const renderer = L.canvas({ pane: dmz.pane(map, 'basemap', 200, false), padding: 0.4 });
  const still = { renderer, interactive: false };
  const ground = dmz.groundOf(data);
  if (ground.isValid()) L.rectangle(ground, { ...still, stroke: false, fillColor: dmz.SEA, fillOpacity: 1 }).addTo(map);
  for (const layer of data.basemap) {
    const styleOf = ({ symbol }) => ({
      ...still, smoothFactor: 1, stroke: layer.kind !== 'Point', color: symbol.color, weight: symbol.width_px, opacity: 1,
      dashArray: dmz.dashOf(symbol) || null, fill: Boolean(symbol.fill) && layer.kind !== 'LineString', fillColor: symbol.fill,
      fillOpacity: layer.kind === 'Point' ? 1 : symbol.fill_opacity, radius: symbol.size_px / 2,
    });
    L.geoJSON(dmz.collection(layer), {
      ...still, style: styleOf, pointToLayer: (feature, at) => L.circleMarker(at, styleOf(feature)),
    }).addTo(map);
  }
};

// A point drawn as the shape of its symbol.
dmz.Point = L.CircleMarker.extend({
  _updatePath() {
    const size = this.options.size * this._renderer.pointScale;
    this._renderer._setPath(this, dmz.outline(this.options.marker, this._point.x, this._point.y, size));
  },
});

// Leaflet layer of one of ours; clicks open a popup, Enter does too.
dmz.drawLayer = (map, layer, order) => {
  const renderer = L.svg({ pane: dmz.pane(map, `layer-${order}`, 400 + order, true), padding: 0.5 });
  renderer.pointScale = 1;
  const definitions = dmz.svg('defs');
  const styleOf = dmz.styler(layer, renderer, definitions);
  const popups = dmz.popupOptions(map);
  // Leaflet draws in the order of making: the edge comes first, to lie beneath.
  const edges = dmz.edged(layer) ? [dmz.edge(layer, styleOf)] : [];
  const shapes = L.geoJSON(dmz.collection(layer), {
    style: styleOf,
    pointToLayer: (feature, at) => new dmz.Point(at, styleOf(feature)),
    onEachFeature: (feature, shape) => dmz.answer(map, layer, feature, shape, popups),
  });
  const drawn = L.featureGroup([...edges, shapes]);
  drawn.on('add', () => renderer._container.prepend(definitions));
  if (layer.kind === 'Point') dmz.scalePoints(map, layer, drawn, shapes, renderer);
  return drawn;
};

// Leaflet's style of each feature; a pattern is defined once for each symbol.
dmz.styler = (layer, renderer, definitions) => {
  const fills = new Map(Object.values(layer.symbols).map((symbol) => [symbol, dmz.fillOf(symbol, definitions)]));
  return ({ symbol }) => ({
    renderer, pane: renderer.options.pane, smoothFactor: 0, color: symbol.color, weight: symbol.width_px, opacity: 1,
    dashArray: dmz.dashOf(symbol) || null, lineCap: dmz.capOf(symbol), fill: layer.kind !== 'LineString',
    fillColor: fills.get(symbol).fill, fillOpacity: fills.get(symbol).opacity,
    marker: symbol.marker, size: symbol.size_px, radius: symbol.size_px / 2,
  });
};

dmz.edged = (layer) => layer.kind === 'LineString' && dmz.EDGED.has(layer.group);

dmz.edge = (layer, styleOf) => L.geoJSON(dmz.collection(layer), {
  interactive: false,
  style: (feature) => ({
    ...styleOf(feature), interactive: false, color: '#ffffff', weight: feature.symbol.width_px + 2, opacity: 0.85, dashArray: null,
  }),
});

// Many points are drawn smaller on a small scale, and all of them bigger for a finger.
dmz.scalePoints = (map, layer, drawn, shapes, renderer) => {
  const finger = dmz.prefers('pointer: coarse') ? 1.3 : 1;
  const scale = () => {
    const zoom = map.getZoom();
    const crowd = layer.features.length <= dmz.MANY ? 1 : zoom < 9 ? 0.55 : zoom < 10 ? 0.75 : 1;
    renderer.pointScale = crowd * finger;
    if (map.hasLayer(drawn)) shapes.eachLayer((shape) => shape.redraw && shape.redraw());
  };
  map.on('zoomend', scale);
  drawn.on('add', scale);
};
