"use strict";
// Finds, lists and shows the dialogues. They lie in files beside the page, and none is read before a reader comes to them.
{
  const PAGE = 25; // dialogues of a page of the list
  const SHOWN = 2000; // characters of a text that are shown at first
  const KEPT = 4; // files of dialogues that are kept in memory
  const ADDRESS = "#dialogue=";

  const at = (id) => document.getElementById(`dialogues-${id}`);
  const [section, form, status, list, pager] = [document.getElementById("dialogues"), ..."form status list pager".split(" ").map(at)];
  const [reader, place, content] = "reader place content".split(" ").map(at);
  const count = (number) => number.toLocaleString("en");
  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children.filter((child) => child !== null));
    return made;
  };

  // Files: each is a script that hands over its name and its content.
  const awaited = new Map();
  globalThis.hvaeDialogues = (name, packed) => awaited.get(name)?.(packed);
  const read = async (name) => {
    const script = element("script", { src: `dialogues/${name}.js` });
    const packed = await new Promise((resolve, reject) => {
      awaited.set(name, resolve);
      script.onload = script.onerror = () => reject(new Error(`dialogues/${name}.js`));
      document.head.append(script);
    }).finally(() => script.remove());
    const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };
  const loading = new Map(); // by name, until it is there: whoever asks meanwhile gets the same
  const load = (name) => {
    if (!loading.has(name)) loading.set(name, read(name).finally(() => loading.delete(name)));
    return loading.get(name);
  };
  const unread = (error) => {
    const why = `${error.message} could not be read. It belongs to the folder of this report, beside its page.`;
    status.textContent = `The dialogues cannot be shown: ${why}`;
  };

  // Index: what is known of every dialogue (a row), and where it stands.
  let index = null;
  const opened = () => {
    index ??= load("index").then(prepared, (error) => {
      index = null;
      throw error;
    });
    return index;
  };
  const prepared = (read) => {
    const places = new Map();
    const addresses = read.run.map((run, row) => {
      const address = `${read.runs[run][1]}.${read.cells[read.cell[row]][0]}.${read.epoch[row]}`;
      let own = address;
      for (let more = 2; places.has(own); more += 1) own = `${address}~${more}`;
      places.set(own, row);
      return own;
    });
    const model = (row) => read.runs[read.run[row]][0];
    const texts = addresses.map((address, row) => {
      const [, , label, game] = read.cells[read.cell[row]];
      return `${read.models[model(row)]} ${address} ${label} ${read.items[game]}`.toLowerCase();
    });
    const { row: own, of, differ } = read.against ?? { row: [], of: [], differ: [] };
    const against = new Map(own.map((row, number) => [row, { row: of[number], differ: differ[number] }]));
    let end = 0;
    const ends = read.blocks.map((dialogues) => (end += dialogues));
    const told = { ...read, against, places, addresses, texts, ends, model };
    const choices = {
      model: read.models.map((name, number) => [number, name]),
      value: [...new Set(read.cells.map((cell) => cell[1]))],
      game: [...new Set(read.cells.map((cell) => cell[3]))],
      template: [...new Set(read.cells.map((cell) => cell[4]))],
      outcome: [...new Set(read.outcome)].sort().map((number) => [number, read.outcomes[number]]),
    };
    for (const [name, values] of Object.entries(choices)) {
      const options = values.map((one) => (Array.isArray(one) ? new Option(one[1], one[0]) : new Option(one, one)));
      form.elements[name].append(...options);
      form.elements[name].parentElement.hidden = options.length < 2;
    }
    form.hidden = list.hidden = false;
    return told;
  };

  const blocks = new Map(); // by number; the one that was read last stands last
  const block = (number) => {
    const read = blocks.get(number) ?? load(String(number + 1).padStart(4, "0"));
    blocks.delete(number);
    blocks.set(number, read);
    read.catch(() => blocks.delete(number));
    if (blocks.size > KEPT) blocks.delete(blocks.keys().next().value);
    return read;
  };
  const whereabouts = (known, row) => {
    const number = known.ends.findIndex((end) => row < end);
    return [number, row - (known.ends[number] - known.blocks[number])];
  };

  // Search: the rows that a reader asks for.
  let said = null; // what was searched for in the replies, and by row where it was found
  let [rows, page, current] = [[], 0, null];
  const search = (known) => {
    const asked = Object.fromEntries(new FormData(form));
    const words = said ? [] : asked.query.toLowerCase().split(/\s+/).filter(Boolean);
    const bound = (name, otherwise) => (asked[name] === "" ? otherwise : Math.round(100 * Number(asked[name])));
    const [from, to] = [bound("from", -Infinity), bound("to", Infinity)];
    const ranged = from > -Infinity || to < Infinity;
    const scores = known.value_rationality;
    const among = (name, value) => asked[name] === "" || asked[name] === String(value);
    rows = [];
    const score = (row) => scores[row] ?? NaN;
    const gain = (row) => score(row) - score(known.against.get(row)?.row);
    const changes = {
      all: (row) => known.against.size === 0 || known.against.has(row),
      differ: (row) => known.against.get(row)?.differ > 0,
      better: (row) => gain(row) > 0,
      worse: (row) => gain(row) < 0,
    };
    const changed = changes[asked.changed ?? "all"];
    for (let row = 0; row < known.run.length; row += 1) {
      const [, value, , game, template] = known.cells[known.cell[row]];
      if (
        changed(row) && among("value", value) && among("game", game) && among("template", template) &&
        among("model", known.model(row)) && among("outcome", known.outcome[row]) &&
        (!ranged || (scores[row] !== null && scores[row] >= from && scores[row] <= to)) &&
        (!said || said.found.has(row)) && words.every((word) => known.texts[row].includes(word))
      ) rows.push(row);
    }
    if (asked.sort) {
      const [key, sign] = { low: [score, 1], high: [score, -1], gain: [gain, -1], loss: [gain, 1] }[asked.sort];
      rows.sort((one, other) => isNaN(key(one)) - isNaN(key(other)) || sign * (key(one) - key(other)));
    }
    page = 0;
    const all = known.against.size || known.run.length;
    const which = said ? ` in which “${said.query}” was said` : "";
    status.textContent = rows.length === all ? `${count(all)} dialogues` : `${count(rows.length)} of ${count(all)} dialogues${which}`;
    follow(known);
  };
  const searchReplies = async (known) => {
    const query = form.elements.query.value.trim();
    if (!query) return search(known);
    const mine = (said = { query, found: new Map() });
    const wanted = query.toLowerCase();
    for (let number = 0; number < known.ends.length; number += 1) {
      status.textContent = `Searching what was said: file ${number + 1} of ${known.ends.length}, ${count(mine.found.size)} dialogues found`;
      const { texts, dialogues } = await load(String(number + 1).padStart(4, "0"));
      if (said !== mine) return undefined;
      const held = new Map(texts.flatMap((text, own) => {
        const start = text.toLowerCase().indexOf(wanted);
        return start < 0 ? [] : [[own, text.slice(Math.max(0, start - 40), start + query.length + 60)]];
      }));
      dialogues.forEach(({ turns }, own) => {
        const turn = turns.find(({ reply }) => held.has(reply));
        if (turn) mine.found.set(known.ends[number] - known.blocks[number] + own, held.get(turn.reply));
      });
    }
    return search(known);
  };

  // List: a page of what was found.
  const printed = (hundredths) => (hundredths === null ? "–" : (hundredths / 100).toFixed(2).replace("-", "−"));
  const scored = (hundredths) => {
    const bar = element("span", { className: "dialogues-bar", ariaHidden: "true" });
    if (hundredths !== null) bar.append(element("span"));
    const [low, high] = [Math.max(-100, Math.min(0, hundredths)), Math.max(0, hundredths)];
    bar.style.setProperty("--from", `${50 + low / 2}%`);
    bar.style.setProperty("--width", `${(high - low) / 2}%`);
    return element("span", { className: "dialogues-score", title: "Value rationality" }, bar, element("span", {}, printed(hundredths)));
  };
  const href = (known, row) => ADDRESS + encodeURIComponent(known.addresses[row]);
  const entry = (known, row) => {
    const [, value, , game, template, rest] = known.cells[known.cell[row]];
    const score = known.value_rationality[row];
    const other = known.against.get(row);
    const differ = other ? [`${other.differ} of ${known.items[game].split(" ").length} decisions differ`] : [];
    const model = known.models.length > 1 ? [known.models[known.model(row)]] : [];
    const outcome = known.outcome[row] ? [known.outcomes[known.outcome[row]]] : [];
    const link = element("a", { href: href(known, row) },
      element("b", {}, value),
      other ? element("span", {}, `${printed(known.value_rationality[other.row])} → ${printed(score)}`) : scored(score),
      element("small", {}, [game, template, ...(rest ? [rest] : [])].join(" · ")),
      element("small", {}, [...model, `dialogue ${known.epoch[row]}`, ...outcome, ...differ].join(" · ")),
      said?.found.has(row) ? element("q", {}, ...marked(said.found.get(row), said.query)) : null);
    if (row === current) link.setAttribute("aria-current", "true");
    return element("li", {}, link);
  };
  const draw = (known) => {
    const pages = Math.ceil(rows.length / PAGE);
    list.firstElementChild.replaceChildren(...rows.slice(page * PAGE, (page + 1) * PAGE).map((row) => entry(known, row)));
    const [first, back, where, on, last] = pager.children;
    where.textContent = `Page ${count(page + 1)} of ${count(pages)}`;
    first.disabled = back.disabled = page === 0;
    on.disabled = last.disabled = page >= pages - 1;
    pager.hidden = pages < 2;
  };
  // Shows the page of the list with the dialogue that is open, and links the ones before and after it.
  const follow = (known) => {
    const own = rows.indexOf(current);
    if (own >= 0) page = Math.floor(own / PAGE);
    draw(known);
    const open = list.querySelector("[aria-current]");
    if (open) list.scrollTop = open.parentElement.offsetTop - list.clientHeight / 2;
    const found = count(rows.length);
    place.textContent = own < 0 ? `not among the ${found} listed` : `${count(own + 1)} of ${found}`;
    for (const [name, row] of [["previous", rows[own - 1]], ["next", rows[own + 1]]]) {
      at(name).ariaDisabled = row === undefined;
      if (row === undefined) at(name).removeAttribute("href");
      else at(name).href = href(known, row);
    }
  };

  // Conversation: one dialogue.
  const marked = (text, part) => {
    if (!part) return [text];
    const found = [];
    let start = 0;
    const [where, wanted] = [text.toLowerCase(), part.toLowerCase()];
    if (where.length !== text.length) return [text];
    for (let next = where.indexOf(wanted); next >= 0; next = where.indexOf(wanted, start)) {
      found.push(text.slice(start, next), element("mark", {}, text.slice(next, next + wanted.length)));
      start = next + wanted.length;
    }
    return [...found, text.slice(start)];
  };
  const spoken = (text, goal) => {
    const shown = element("pre", { dir: "auto" });
    if (text.length <= SHOWN) {
      shown.append(...marked(text, goal));
      return [shown];
    }
    shown.append(...marked(text.slice(0, SHOWN).replace(/[\ud800-\udbff]$/, ""), goal), "…");
    const more = element("button", { type: "button" }, `Show all ${count(text.length)} characters`);
    more.onclick = () => {
      shown.replaceChildren(...marked(text, goal));
      shown.tabIndex = -1;
      shown.focus();
      more.remove();
    };
    return [shown, more];
  };
  const turn = ({ kind, role, items, prompt, reply, attempt, stopped }, texts, model, goal) => {
    const asker = role === "system" ? "System message" : "Benchmark";
    const again = attempt ? ", asked again" : "";
    const asked = element("div", { className: "dialogues-asked" });
    if (kind === "decision" && !attempt) {
      const which = items.length > 1 ? "questions" : "question";
      asked.append(element("details", {}, element("summary", {}, `${asker}: ${which} ${items.join(", ")}, as asked`), ...spoken(texts[prompt], goal)));
    } else asked.append(element("p", { className: "dialogues-who" }, `${asker}: ${kind}${again}`), ...spoken(texts[prompt], goal));
    if (reply === null) return [asked];
    const who = stopped === undefined ? model : `${model} (stopped: ${texts[stopped]})`;
    const states = kind === "goal" && goal ? ": the goal it states" : "";
    return [asked, element("div", { className: "dialogues-reply" }, element("p", { className: "dialogues-who" }, `${who}${states}`), ...spoken(texts[reply], goal))];
  };
  const decision = ({ item, labels, options, chosen, decided, judged, probabilities }, frame, texts, model, differs) => {
    const { payoffs, rationality, ideal } = frame.items[item];
    const shown = labels.length ? options : payoffs.map((_, option) => option);
    const rated = frame.motives.map((motive) => (frame.motives.length > 1 ? `Rationality by ${motive}` : "Item rationality"));
    const head = ["Option", ...rated, ...(probabilities ? ["Probability"] : []), ...frame.stakes.map((stake) => `for ${stake}`)];
    const body = shown.map((option, own) => {
      const name = element("th", { scope: "row" }, labels[own] ?? "–");
      if (option === chosen) name.append(element("strong", {}, " chosen"));
      const cells = rationality.map((served, motive) => {
        const best = served && ideal[motive][option];
        const told = served ? served[option].replace("-", "−") : "–";
        return element("td", { className: best ? "dialogues-ideal" : "" }, told, best ? element("strong", {}, " ideal") : null);
      });
      for (const text of [...(probabilities ? [probabilities[own]] : []), ...payoffs[option]]) cells.push(element("td", {}, text));
      return element("tr", { className: option === chosen ? "dialogues-chosen" : "" }, name, ...cells);
    });
    const silent = frame.motives.filter((_, motive) => rationality[motive] === null);
    const table = element("table", {},
      element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))), element("tbody", {}, ...body));
    const scroll = element("div", { className: "dialogues-scroll", tabIndex: 0, role: "group", ariaLabel: `Options of ${item}, ${model}` }, table);
    return element("div", { className: "dialogues-decision" },
      element("p", {}, element("b", {}, item), ...(differs ? [" ", element("mark", {}, "differs")] : []), ": ", texts[decided], judged === null || !texts[judged] ? "." : `: ${texts[judged]}.`),
      scroll,
      silent.length ? element("p", { className: "note" }, `No option serves it better than another: ${silent.join("; ")}.`) : null);
  };
  // Of two that are held against each other every part lies beside its like: part by part they have the same places.
  const conversation = (known, row, { texts, frames, dialogues }, own, differing = new Set()) => {
    const dialogue = dialogues[own];
    const [, value, , game, template, rest] = known.cells[known.cell[row]];
    const model = known.models[known.model(row)];
    const frame = frames[dialogue.frame];
    const goal = dialogue.goal === null ? null : texts[dialogue.goal];
    const repeated = goal && goal.length > 7 ? goal : null;
    const last = new Map(dialogue.turns.flatMap(({ items }, number) => items.map((item) => [item, number])));
    const after = (number) => dialogue.decisions.filter(({ item }) => last.get(item) === number).map((one) => decision(one, frame, texts, model, differing.has(one.item)));
    const never = dialogue.decisions.filter(({ item }) => !last.has(item));
    const heading = element("h3", { tabIndex: -1 }, `${value} in ${game}`);
    const parts = [
      element("div", { className: "dialogues-head" }, heading, scored(known.value_rationality[row])),
      element("p", { className: "dialogues-about" }, [model, `template ${template}`, ...(rest ? [rest] : []), `dialogue ${known.epoch[row]}`].join(" · ")),
      element("dl", {}, ...dialogue.facts.map(([name, told]) => element("div", {}, element("dt", {}, name), element("dd", {}, texts[told])))),
      goal === null ? element("div") : element("blockquote", {}, element("p", { className: "dialogues-who" }, "The goal it stated"), ...spoken(goal, null)),
      element("ol", {}, ...dialogue.turns.map((one, number) => element("li", {}, ...turn(one, texts, model, repeated), ...after(number)))),
      element("div", {}, ...never.map((one) => decision(one, frame, texts, model, differing.has(one.item)))),
      element("p", { className: "note" }, `Record: ${texts[dialogue.record]}.`),
    ];
    const made = element("div", { className: "dialogues-conversation" }, ...parts);
    made.style.setProperty("--who", `var(--model-${(known.model(row) % 8) + 1})`);
    const turns = [...parts[4].children];
    [...parts.slice(0, 4), ...turns].forEach((part, number) => part.style.setProperty("--place", number + 1));
    parts.slice(5).forEach((part, number) => part.style.setProperty("--place", 1000 + number));
    return made;
  };
  const show = (heading) => {
    section.classList.add("open");
    reader.hidden = false;
    at("copied").textContent = "";
    if (!reader.firstElementChild.contains(document.activeElement)) heading.focus({ preventScroll: true });
    reader.scrollIntoView();
  };
  const close = () => {
    section.classList.remove("open");
    reader.hidden = true;
    content.replaceChildren();
    current = null;
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  };

  // Addresses: `#dialogue=` and which one; whatever else stands there shows none.
  const route = async () => {
    const { hash } = location;
    if (!hash.startsWith(ADDRESS)) {
      close();
      // The figures above take their places while the page opens.
      if (hash === "#dialogues") begin().then(() => section.scrollIntoView());
      return undefined;
    }
    try {
      const first = index === null;
      const known = await opened();
      let address = hash.slice(ADDRESS.length);
      try {
        address = decodeURIComponent(address);
      } catch {
        // It is looked for as it is, and not found.
      }
      if (first) search(known);
      const row = known.places.get(address);
      if (row === undefined) {
        close();
        const heading = element("h3", { tabIndex: -1 }, "No such dialogue");
        content.classList.remove("dialogues-pair");
        content.replaceChildren(heading, element("p", {}, `This report has no dialogue ${address}. It may be one of another report, or of another run.`));
        follow(known);
        return show(heading);
      }
      const [number, own] = whereabouts(known, row);
      const read = await block(number);
      if (location.hash !== hash) return undefined;
      const other = known.against.get(row);
      const [before, place] = other ? whereabouts(known, other.row) : [];
      const readBefore = other && (await block(before));
      if (location.hash !== hash) return undefined;
      current = row;
      if (other) {
        const chosen = new Map(readBefore.dialogues[place].decisions.map((one) => [one.item, one.chosen ?? readBefore.texts[one.decided]]));
        const differing = new Set();
        for (const one of read.dialogues[own].decisions) {
          if (chosen.get(one.item) !== (one.chosen ?? read.texts[one.decided])) differing.add(one.item);
        }
        const both = [conversation(known, other.row, readBefore, place, differing), conversation(known, row, read, own, differing)];
        const [asked, again] = both.map((one) => [...one.querySelectorAll("li > .dialogues-asked")]);
        again.forEach((one, number) => one.classList.toggle("dialogues-again", one.textContent === asked[number]?.textContent));
        content.replaceChildren(...both);
      } else content.replaceChildren(conversation(known, row, read, own));
      content.classList.toggle("dialogues-pair", Boolean(other));
      follow(known);
      return show(content.querySelector("h3"));
    } catch (error) {
      return unread(error);
    }
  };

  const begin = async () => {
    if (index === null) await opened().then(search).catch(unread);
  };
  const changed = () => opened().then(search).catch(unread);
  form.addEventListener("input", ({ target }) => {
    if (target.name === "query") said = null;
    changed();
  });
  form.addEventListener("reset", () => {
    said = null;
    setTimeout(changed);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    opened().then(searchReplies).catch(unread);
  });
  pager.addEventListener("click", ({ target }) => {
    const last = Math.ceil(rows.length / PAGE) - 1;
    const to = [0, page - 1, page, page + 1, last][[...pager.children].indexOf(target)];
    if (to === undefined) return;
    page = to;
    opened().then(draw);
    list.scrollTop = 0;
  });
  section.addEventListener("keydown", (event) => {
    const name = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
    const elsewhere = event.target.closest("input, select, .dialogues-scroll");
    if (!name || elsewhere || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || reader.hidden) return;
    event.preventDefault();
    at(name).click();
  });
  at("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      at("copied").textContent = "Copied.";
    } catch {
      at("copied").textContent = "Not copied: copy it from the address bar.";
    }
  });
  addEventListener("hashchange", route);
  new IntersectionObserver((entries, observer) => {
    if (entries.some((one) => one.isIntersecting)) {
      observer.disconnect();
      begin();
    }
  }, { rootMargin: "400px" }).observe(section);
  route();
}
