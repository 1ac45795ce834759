// SPDX-License-Identifier: Apache-2.0
// What the browser keeps for the console, as JSON. A browser may refuse: then nothing is kept, and
// nothing breaks.

const PREFIX = "tickgate.v1.";

export function read(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null; // refused, or not ours
  }
}

// Whether it is kept now.
export function write(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false; // refused, or full
  }
}

export function works() {
  try {
    localStorage.getItem(PREFIX);
    return true;
  } catch {
    return false;
  }
}

// Tells what another tab wrote. -> a function that ends it
export function listen(name, changed) {
  const heard = ({key}) => {
    if (key === PREFIX + name || key === null) changed(read(name));
  };
  window.addEventListener("storage", heard);
  return () => window.removeEventListener("storage", heard);
}
