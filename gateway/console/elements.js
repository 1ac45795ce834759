// SPDX-License-Identifier: Apache-2.0
// Elements of the detail pane, made without markup: text never becomes any.

// element("div", "ladder-row", "text", child, ...)
export function element(tag, name = "", ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

// role and aria-* and the like, of an element that it gives back.
export function described(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// Writing what stands there already costs a layout all the same.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function put(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

const CHARACTER = 7.3; // pixels of a digit in 13 px type, as wide as any font has it
const GAP = 6;
const EDGES = 16;

// How many columns of texts so long fit into a width, the most important first, and what share of
// it each of them needs: a number that is cut off would be another number.
export function columnsThatFit(width, lengths) {
  let used = EDGES - GAP;
  const fitting = lengths.findIndex((length) => (used += length * CHARACTER + GAP) > width);
  return fitting < 0 ? lengths.length : Math.max(1, fitting);
}
