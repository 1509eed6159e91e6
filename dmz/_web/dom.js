// Make elements of the page from text; nothing here ever parses HTML.
const dmz = {};

// An element with properties and children. Strings become text; null is left out.
dmz.el = (tag, properties = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

dmz.svg = (tag, attributes = {}, ...children) => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

// Text with its https links made to work; any other scheme stays text.
dmz.linked = (text) => {
  const made = dmz.el('span', { dir: 'auto' });
  for (const part of String(text).split(/(https?:\/\/[^\s<>"'“”)\]]*[^\s<>"'“”)\].,;:])/)) {
    if (/^https?:\/\//.test(part)) {
      made.append(dmz.el('a', { href: part, target: '_blank', rel: 'noopener noreferrer', textContent: part }));
    } else made.append(part);
  }
  return made;
};

// 2018-10-15 as 15 Oct 2018.
dmz.day = (iso) => {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(iso);
  const month = found && 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')[Number(found[2]) - 1];
  return month ? `${Number(found[3])} ${month} ${found[1]}` : iso;
};

// A value of a table as one reads it: units are in the text already.
dmz.value = (value) => {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.map(dmz.value).join(', ');
  if (value !== null && typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'string' ? dmz.day(value) : String(value);
};

dmz.prefers = (query) => matchMedia(`(${query})`).matches;
