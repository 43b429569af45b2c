// SPDX-License-Identifier: BSD-2-Clause
// What the page does beyond being read: rows are sorted and filtered, commands
// copied. Without it everything is there, in the order in which it was run.
"use strict";
(() => {
    const $ = (id) => document.getElementById(id);
    document.documentElement.classList.add("js");

    const cell = (row, column) => row.cells[column] ? row.cells[column].textContent.trim() : "";

    // A table that is sorted and filtered; `of` says of what: "rows".
    function arrange(table) {
        const of = table.dataset.of, heads = [...table.tHead.rows[0].cells];
        const rows = [...table.tBodies[0].rows];
        const names = heads.map((th) => th.textContent.trim());
        const texts = rows.map((row) => row.textContent.toLowerCase());
        // Columns in which all rows agree are told beside the table.
        const same = new Map([...document.querySelectorAll(`#${of}-same dt`)].map((dt) =>
            [dt.textContent.trim(), dt.nextElementSibling.textContent.trim()]));
        const left = Number(table.dataset.all) > rows.length
            ? ` shown here; ${table.dataset.all} are in ${table.dataset.file}` : "";

        // "mode=early rtt_ms>=200 lost": words, all of which a row must have;
        // with a column's name and an operator, what stands in that column.
        function condition(word) {
            const parts = /^([a-z0-9_.-]+)(<=|>=|!=|=|<|>)(.*)$/.exec(word);
            const column = parts ? names.indexOf(parts[1]) : -1;
            if (column < 0 && !(parts && same.has(parts[1])))
                return (row, text) => text.includes(word);
            const [, name, operator, wanted] = parts;
            return (row) => {
                const found = (column < 0 ? same.get(name) : cell(row, column)).toLowerCase();
                const numbers = found !== "" && wanted !== "" && !isNaN(found) && !isNaN(wanted);
                const a = numbers ? Number(found) : found;
                const b = numbers ? Number(wanted) : wanted;
                switch (operator) {
                case "=": return a === b;
                case "!=": return a !== b;
                case "<": return found !== "" && a < b;
                case ">": return found !== "" && a > b;
                case "<=": return found !== "" && a <= b;
                default: return found !== "" && a >= b;
                }
            };
        }

        function filter() {
            const all = $(`${of}-filter`).value.toLowerCase().split(/\s+/).filter(Boolean).map(condition);
            let shown = 0;
            rows.forEach((row, i) => {
                const fits = all.every((holds) => holds(row, texts[i]));
                row.classList.toggle("out", !fits);
                shown += fits;
            });
            $(`${of}-status`).textContent = `${shown} of ${rows.length} ${of}${left}`;
        }

        function compare(column, numeric, sign) {
            return (a, b) => {
                const x = cell(a, column), y = cell(b, column);
                if (x === "" || y === "") return (x === "") - (y === ""); // unknown is last
                return sign * (numeric ? Number(x) - Number(y) : x.localeCompare(y, "en", { numeric: true }));
            };
        }

        function sort(th, column) {
            const up = th.getAttribute("aria-sort") !== "ascending";
            for (const other of heads)
                other.setAttribute("aria-sort", "none");
            th.setAttribute("aria-sort", up ? "ascending" : "descending");
            const sorted = [...rows].sort(compare(column, th.classList.contains("n"), up ? 1 : -1));
            table.tBodies[0].append(...sorted);
        }

        heads.forEach((th, column) => {
            const button = document.createElement("button");
            button.type = "button";
            button.append(...th.childNodes);
            button.addEventListener("click", () => sort(th, column));
            th.append(button);
            th.setAttribute("aria-sort", "none");
        });
        $(`${of}-filter`).addEventListener("input", filter);
        $(`${of}-clear`).addEventListener("click", () => {
            $(`${of}-filter`).value = "";
            filter();
            $(`${of}-filter`).focus();
        });
        $(`${of}-all`).addEventListener("change", (event) =>
            table.classList.toggle("few", !event.target.checked));
        filter();
    }
    document.querySelectorAll("table.data").forEach(arrange);

    const doubts = $("claims-doubts");
    if (doubts)
        doubts.addEventListener("change", () => {
            for (const row of document.querySelectorAll("#claims-table tr[data-holds]"))
                row.classList.toggle("holding", doubts.checked);
        });

    async function copy(text) {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch {
            const area = document.createElement("textarea");
            area.value = text;
            document.body.append(area);
            area.select();
            const done = document.execCommand("copy");
            area.remove();
            return done;
        }
    }
    document.addEventListener("click", async (event) => {
        const button = event.target.closest("button.copy");
        if (!button) return;
        const done = await copy(button.parentElement.querySelector("code").textContent);
        const before = button.textContent;
        button.textContent = done ? "Copied" : "Not copied";
        setTimeout(() => { button.textContent = before; }, 1500);
    });

    addEventListener("beforeprint", () => {
        for (const one of document.querySelectorAll("details")) one.open = true;
    });
})();
