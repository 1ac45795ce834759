// SPDX-License-Identifier: Apache-2.0
// What a mouse, a finger or two, and a wheel mean to a chart: point, pan, zoom. Up and down stays the
// page's (touch-action: pan-y in the style sheet).

const STILL = 4; // pixels that a hand may move and have tapped nevertheless

// `on`: point(x, y), leave(), pan(pixels), zoom(factor, x). -> ends it
export function gestures(node, on) {
  const held = new Map(); // pointerId -> {x, y}, while it is down
  let moved = false;
  let pinch = 0;

  const place = (event) => {
    const box = node.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  };
  const span = () => {
    const [a, b] = held.values();
    return {distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), middle: (a.x + b.x) / 2};
  };

  const handlers = {
    pointerdown(event) {
      if (event.pointerType === "mouse" && event.button !== 0) return;
      held.set(event.pointerId, place(event));
      node.setPointerCapture?.(event.pointerId);
      moved = held.size > 1;
      if (held.size === 2) pinch = span().distance;
    },
    pointermove(event) {
      const at = place(event);
      const before = held.get(event.pointerId);
      if (!before) return event.pointerType === "mouse" && on.point(at.x, at.y);
      if (!moved && Math.abs(at.x - before.x) < STILL) return undefined;
      moved = true;
      held.set(event.pointerId, at);
      if (held.size === 1) {
        on.pan(at.x - before.x);
        if (event.pointerType === "mouse") on.point(at.x, at.y);
      } else if (held.size === 2) {
        const {distance, middle} = span();
        on.zoom(distance / pinch, middle);
        pinch = distance;
      }
      return undefined;
    },
    pointerup(event) {
      if (held.delete(event.pointerId) && !moved) {
        const {x, y} = place(event);
        on.point(x, y);
      }
    },
    pointercancel: (event) => held.delete(event.pointerId),
    pointerleave: (event) => event.pointerType === "mouse" && !held.size && on.leave(),
    wheel(event) {
      event.preventDefault();
      const lines = event.deltaMode === 0 ? 1 : 16;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        on.pan(-(event.deltaX || event.deltaY) * lines);
      } else {
        on.zoom(Math.exp(-event.deltaY * lines * 0.0015), place(event).x);
      }
    },
  };
  for (const [name, handler] of Object.entries(handlers)) {
    node.addEventListener(name, handler, {passive: name !== "wheel"});
  }
  return () => Object.entries(handlers).forEach(([name, handler]) =>
    node.removeEventListener(name, handler));
}
