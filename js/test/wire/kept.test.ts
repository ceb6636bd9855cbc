import { describe, expect, it } from "vitest";
import { Kept, MOST_CHARACTERS } from "../../src/wire/kept";
import { FakeModel } from "../hosts";

describe("what was chosen by hand", () => {
  it("is kept in the widget's state, each kind by itself", () => {
    const model = new FakeModel();
    const kept = new Kept(model);
    kept.keep("panels", { hidden: ["GT"] });
    kept.keep("canvases", [1]);
    const again = new Kept(model);
    expect(again.part("panels")).toEqual({ hidden: ["GT"] });
    expect(again.part("canvases")).toEqual([1]);
    expect(model.saves).toBe(2);
    again.keep("panels", undefined);
    again.keep("canvases", undefined);
    expect(model.chosen).toBe("");
  });

  it("is nothing where the saved text is damaged, hostile or of another version", () => {
    const long = JSON.stringify({ version: 1, panels: "x".repeat(MOST_CHARACTERS) });
    for (const text of [undefined, 3, "", "{", "null", "[]", '{"version":2,"panels":{}}', long])
      expect(new Kept({ get: () => text }).part("panels")).toBeUndefined();
    expect(new Kept({ get: () => '{"version":1}' }).part("constructor")).toBeUndefined();
  });

  it("lasts as long as the page where there is no kernel or too much", () => {
    const model = new FakeModel();
    model.save_changes = () => {
      throw new Error("the comm is closed");
    };
    const kept = new Kept(model);
    kept.keep("panels", { hidden: ["GT"] });
    expect(model.chosen).toContain("GT");
    kept.keep("panels", "x".repeat(MOST_CHARACTERS));
    expect(model.chosen).toContain("GT");
    expect(kept.part("panels")).toHaveLength(MOST_CHARACTERS);
  });
});
