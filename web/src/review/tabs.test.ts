// @vitest-environment node
import { expect, test, vi } from "vitest";
import { Tabs } from "./tabs.ts";

const listener = () => ({ elsewhere: vi.fn(), savedElsewhere: vi.fn() });

test("two tabs on one video hear of each other, and of what is saved", async () => {
  const [one, other, third] = [new Tabs("test", "1"), new Tabs("test", "2"), new Tabs("test", "3")];
  const [first, second, apart] = [listener(), listener(), listener()];
  one.open("P01", first);
  third.open("P02", apart);
  other.open("P01", second);
  await vi.waitFor(() => expect(second.elsewhere).toHaveBeenCalled());
  expect(first.elsewhere).toHaveBeenCalled();
  other.saved("P01", "r7");
  await vi.waitFor(() => expect(first.savedElsewhere).toHaveBeenCalledWith("r7"));
  expect(second.savedElsewhere).not.toHaveBeenCalled();
  expect(apart.elsewhere).not.toHaveBeenCalled();
});
