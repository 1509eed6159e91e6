// Draw symbols: fills told apart by pattern, points by shape, and their swatches in the legend.

dmz.patternCount = 0;

// Lines of a pattern of 8 by 8 pixels, continued over its edges so that tiles meet without a seam.
dmz.HATCH = 'M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4';
dmz.CROSS = `${dmz.HATCH} M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4`;

// Pattern of a fill, put into the definitions of an SVG; returns what `fill` is set to.
dmz.fillOf = (symbol, definitions) => {
  if (!symbol.fill || symbol.pattern === 'none') return { fill: 'none', opacity: 0 };
  if (symbol.pattern === 'solid') return { fill: symbol.fill, opacity: symbol.fill_opacity };
  const id = `fill-${(dmz.patternCount += 1)}`;
  const size = symbol.pattern === 'dots' ? 6 : 8;
  const pattern = dmz.svg('pattern', { id, width: size, height: size, patternUnits: 'userSpaceOnUse' },
    dmz.svg('rect', { width: size, height: size, fill: symbol.fill, 'fill-opacity': symbol.fill_opacity * 0.22 }),
    symbol.pattern === 'dots'
      ? dmz.svg('circle', { cx: 3, cy: 3, r: 0.9, fill: symbol.fill, 'fill-opacity': 0.55 })
      : dmz.svg('path', {
        d: symbol.pattern === 'cross' ? dmz.CROSS : dmz.HATCH, fill: 'none', stroke: symbol.fill,
        'stroke-width': 1.4, 'stroke-opacity': Math.min(1, symbol.fill_opacity + 0.1),
      }));
  definitions.append(pattern);
  return { fill: `url(#${id})`, opacity: 1 };
};

// Outline of a point's symbol about x, y.
dmz.outline = (marker, x, y, size) => {
  const r = size / 2;
  if (marker === 'square') return `M${x - r},${y - r}h${size}v${size}h${-size}z`;
  if (marker === 'diamond') return `M${x},${y - r * 1.2}L${x + r * 1.2},${y}L${x},${y + r * 1.2}L${x - r * 1.2},${y}z`;
  if (marker === 'triangle') return `M${x},${y - r}L${x + r},${y + r * 0.8}L${x - r},${y + r * 0.8}z`;
  return `M${x - r},${y}a${r},${r} 0 1,0 ${size},0a${r},${r} 0 1,0 ${-size},0z`;
};

dmz.dashOf = (symbol) => (symbol.dash_px || []).join(' ');

// Dashes of a pixel or less are dots.
dmz.capOf = (symbol) => ((symbol.dash_px || [9])[0] <= 1 ? 'round' : 'butt');

// Small picture of a symbol, as it is drawn on the map.
dmz.swatch = (symbol, kind) => {
  const definitions = dmz.svg('defs');
  const fill = dmz.fillOf(symbol, definitions);
  const shape = {
    fill: fill.fill, 'fill-opacity': fill.opacity, stroke: symbol.color, 'stroke-width': symbol.width_px,
    'stroke-dasharray': dmz.dashOf(symbol), 'stroke-linecap': dmz.capOf(symbol),
  };
  const drawn = {
    LineString: () => dmz.svg('path', { d: 'M2,8 h26', ...shape, fill: 'none' }),
    Point: () => dmz.svg('path', { d: dmz.outline(symbol.marker, 15, 8, Math.min(14, symbol.size_px)), ...shape }),
    Polygon: () => dmz.svg('rect', { x: 2, y: 2, width: 26, height: 12, ...shape }),
  }[kind]();
  return dmz.svg('svg', { class: 'swatch', width: 30, height: 16, 'aria-hidden': 'true' }, definitions, drawn);
};
