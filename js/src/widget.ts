// The entry point for anywidget, called once per widget; `render` is called once for each view of it.

import { joinLineage } from "./notebook/lineage";
import { Renderings } from "./notebook/renderings";
import { StateSaver } from "./notebook/state_saver";
import type { Model } from "./wire/connection";
import "./style.css";

export default () => {
  let saver: StateSaver;
  const renderings = new Renderings({
    exists: () => saver.hasReplay,
    compose: () => saver.composeReplay(),
  });
  return {
    initialize({ model }: { model: Model }): () => void {
      saver = new StateSaver(model, () => renderings.pictures);
      const leave = joinLineage(model, () => saver.composeReplay());
      return () => {
        leave();
        saver.destroy();
      };
    },
    render({ model, el }: { model: Model; el: HTMLElement }): () => void {
      return renderings.add(model, el);
    },
  };
};
