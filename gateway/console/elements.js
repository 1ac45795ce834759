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
