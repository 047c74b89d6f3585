import { expect, test } from "vitest";
import { keyName } from "./keys.tsx";

test.each([
  [{ key: " " }, " "],
  [{ key: "ArrowLeft", shiftKey: true }, "shift+ArrowLeft"],
  [{ key: "?", shiftKey: true }, "?"],
  [{ key: "Z", shiftKey: true, ctrlKey: true }, "ctrl+shift+z"],
  [{ key: "N" }, "n"],
  [{ key: "3" }, "3"],
] as const)("%o is called %s", (pressed, name) => {
  expect(keyName(new KeyboardEvent("keydown", pressed))).toBe(name);
});
