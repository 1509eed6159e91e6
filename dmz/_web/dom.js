// Make elements of the page from text; nothing here ever parses HTML.
const dmz = {};

// An element with properties and children. Strings become text.
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

// Text with its http links made to work; any other scheme stays text.
dmz.linked = (text) => {
  const made = dmz.el('span', { dir: 'auto' });
  for (const part of String(text).split(/(https?:\/\/[^\s<>"')\]]+)/)) {
    if (/^https?:\/\//.test(part)) {
      made.append(dmz.el('a', { href: part, target: '_blank', rel: 'noopener noreferrer', textContent: part }));
    } else made.append(part);
  }
  return made;
};

// 2018-10-15 as 15 Oct 2018.
dmz.day = (iso) => {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(iso);
  if (!found) return iso;
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  return `${Number(found[3])} ${months[Number(found[2]) - 1]} ${found[1]}`;
};
