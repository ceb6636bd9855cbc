import { describe, expect, it, vi } from "vitest";
import { Kept, MOST_CHARACTERS } from "../../src/wire/kept";
import { FakeModel } from "../hosts";

describe("the user's choices", () => {
  it("are kept in the widget's state, each kind by itself", () => {
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

  it("are empty if the saved text is damaged, hostile or of another version", () => {
    const long = JSON.stringify({ version: 1, panels: "x".repeat(MOST_CHARACTERS) });
    for (const text of [undefined, 3, "", "{", "null", "[]", '{"version":2,"panels":{}}', long])
      expect(new Kept({ get: () => text }).part("panels")).toBeUndefined();
    expect(new Kept({ get: () => '{"version":1}' }).part("constructor")).toBeUndefined();
  });

  it("last as long as the page if there is no kernel or they are too large", () => {
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

  it("may arrive late after a reload, until the user chooses again", () => {
    vi.useFakeTimers({ toFake: ["performance"] }); // late is some seconds, which a busy machine may take
    const model = new FakeModel();
    const kept = new Kept(model);
    const late = vi.fn();
    const unfollow = kept.follow(late);
    const arrive = (panels: unknown) => {
      model.chosen = JSON.stringify({ version: 1, panels });
      model.emit("change:_chosen");
    };
    arrive("the last before the reload");
    expect(kept.part("panels")).toBe("the last before the reload");
    kept.keep("panels", "anew");
    model.emit("change:_chosen"); // by this page itself
    arrive("of another page");
    expect(kept.part("panels")).toBe("anew");
    expect(late).toHaveBeenCalledTimes(1);
    unfollow();
    expect(model.listening).toBe(0);
    vi.useRealTimers();
  });

  it("do not overwrite what another rendering of the same view has kept", () => {
    const model = new FakeModel();
    const [one, other] = [new Kept(model), new Kept(model)];
    one.keep("panels", "by one");
    other.keep("zoom", "by the other");
    expect(JSON.parse(model.chosen)).toEqual({ version: 1, panels: "by one", zoom: "by the other" });
  });
});
