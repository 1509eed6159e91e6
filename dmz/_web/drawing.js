// Draw layers on the map: the basemap on canvas beneath, everything else as SVG in a pane of its own.

dmz.kindOf = (layer) => {
  const type = layer.features[0].geometry.type;
  if (type.endsWith('Point')) return 'point';
  return type.endsWith('LineString') ? 'line' : 'polygon';
};

dmz.symbolOf = (layer, feature) => layer.symbols[layer.column ? String(feature.properties[layer.column]) : ''];

dmz.pane = (map, name, zIndex, answers) => {
  const pane = map.createPane(name);
  pane.style.zIndex = zIndex;
  if (!answers) pane.style.pointerEvents = 'none';
  return name;
};

dmz.collection = (layer) => ({
  type: 'FeatureCollection',
  features: layer.features.map((feature) => ({ type: 'Feature', ...feature })),
});

dmz.groundOf = (basemap) => basemap.reduce(
  (bounds, layer) => bounds.extend(L.geoJSON(dmz.collection(layer)).getBounds()), L.latLngBounds([]));

// What is no land inside the basemap is sea; beyond its edge nothing is known, and the page's ground shows.
dmz.drawBasemap = (map, layers) => {
  const renderer = L.canvas({ pane: dmz.pane(map, 'basemap', 200, false), padding: 0.4 });
  const ground = dmz.groundOf(layers);
  if (ground.isValid()) L.rectangle(ground, { renderer, interactive: false, stroke: false, fillColor: '#d5e3ea', fillOpacity: 1 }).addTo(map);
  for (const layer of layers) {
    if (dmz.kindOf(layer) === 'point') continue;
    const symbol = layer.symbols[''];
    const style = {
      renderer, interactive: false, smoothFactor: 1, color: symbol.color, weight: symbol.width_px,
      dashArray: (symbol.dash_px || []).join(' ') || null, opacity: 1,
      fill: Boolean(symbol.fill), fillColor: symbol.fill, fillOpacity: symbol.fill_opacity,
    };
    L.geoJSON(dmz.collection(layer), { interactive: false, style: () => style }).addTo(map);
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
  const pane = dmz.pane(map, `layer-${order}`, 400 + order, true);
  const renderer = L.svg({ pane, padding: 0.5 });
  const definitions = dmz.svg('defs');
  renderer.pointScale = 1;
  const fills = Object.fromEntries(
    Object.entries(layer.symbols).map(([value, symbol]) => [value, dmz.fillOf(symbol, definitions)]));
  const styleOf = (feature) => {
    const symbol = dmz.symbolOf(layer, feature);
    const fill = fills[layer.column ? String(feature.properties[layer.column]) : ''];
    return {
      renderer, pane, smoothFactor: 0, color: symbol.color, weight: symbol.width_px, opacity: 1,
      dashArray: (symbol.dash_px || []).join(' ') || null, lineCap: dmz.strokeOf(symbol)['stroke-linecap'],
      fill: dmz.kindOf(layer) !== 'line', fillColor: fill.fill, fillOpacity: fill.opacity,
      marker: symbol.marker, size: symbol.size_px, radius: symbol.size_px / 2,
    };
  };
  const drawn = L.geoJSON(dmz.collection(layer), {
    style: styleOf,
    pointToLayer: (feature, at) => new dmz.Point(at, styleOf(feature)),
    onEachFeature: (feature, shape) => {
      shape.bindPopup(() => dmz.popup(layer, feature), { maxWidth: 320, minWidth: 200, autoPanPaddingTopLeft: [16, 48], autoPanPaddingBottomRight: [16, 16] });
      shape.on('add', () => dmz.reachable(layer, feature, shape));
    },
  });
  drawn.on('add', () => renderer._container.prepend(definitions));
  if (layer.features.length > dmz.MANY && dmz.kindOf(layer) === 'point') dmz.shrinkAfar(map, drawn, renderer);
  return drawn;
};

// More points than this are drawn smaller on a small scale, and are no stops for the keyboard.
dmz.MANY = 40;

dmz.shrinkAfar = (map, drawn, renderer) => {
  const scale = () => {
    const zoom = map.getZoom();
    renderer.pointScale = zoom < 9 ? 0.55 : zoom < 10 ? 0.75 : 1;
    if (map.hasLayer(drawn)) drawn.eachLayer((shape) => shape.redraw());
  };
  map.on('zoomend', scale);
  drawn.on('add', scale);
};

// Let the keyboard reach a shape; points are too many for that and are found in the table of the layer.
dmz.reachable = (layer, feature, shape) => {
  const element = shape.getElement && shape.getElement();
  if (!element) return;
  element.setAttribute('data-layer', layer.key);
  if (dmz.kindOf(layer) === 'point' && layer.features.length > dmz.MANY) return;
  element.setAttribute('tabindex', '0');
  element.setAttribute('role', 'button');
  element.setAttribute('aria-label', `${layer.title}: ${feature.properties.name || feature.properties.id || ''}`);
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    shape.openPopup([feature.at[1], feature.at[0]]);
  });
};

dmz.popup = (layer, feature) => {
  const rows = Object.entries(layer.popup)
    .map(([column, heading]) => [heading, feature.properties[column]])
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([heading, value]) => dmz.el('tr', {},
      dmz.el('th', { scope: 'row', textContent: heading }),
      dmz.el('td', {}, typeof value === 'string' ? dmz.linked(dmz.day(value)) : String(value))));
  return dmz.el('div', { className: 'popup' },
    dmz.el('h3', { dir: 'auto', textContent: layer.title }),
    dmz.el('table', {}, dmz.el('tbody', {}, ...rows)),
    layer.abstract ? dmz.el('p', { dir: 'auto', textContent: layer.abstract }) : null,
    layer.source ? dmz.el('p', { className: 'source' }, 'Source: ', dmz.linked(layer.source)) : null);
};
