// rules.mjs FOLDER MILLISECONDS: evaluates NAME.rule.json on NAME.data.json of a folder by
// json-logic-js and json-logic-engine (compiled), which stand in node_modules of the working folder.
// Prints, a line each: NAME, nanoseconds an evaluation of the engine, of the engine with JSON.parse,
// and of json-logic-js with JSON.parse.
import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const require = createRequire(process.cwd() + '/');
const jsonLogic = require('json-logic-js');
const { LogicEngine } = require('json-logic-engine');
const [folder, milliseconds] = process.argv.slice(2);

let kept; // so that no result is left out
/** The best of five, after as long a warm-up. */
function nanoseconds(work) {
    const time = Number(milliseconds) / 6;
    let best = Infinity;
    for (let round = 0; round < 6; ++round) {
        let calls = 0;
        const begin = performance.now();
        let elapsed = 0;
        while (elapsed < time) {
            for (let i = 0; i < 200; ++i) kept = work();
            calls += 200;
            elapsed = performance.now() - begin;
        }
        if (round > 0) best = Math.min(best, (elapsed * 1e6) / calls);
    }
    return best;
}

const suffix = '.rule.json';
for (const file of readdirSync(folder).filter((name) => name.endsWith(suffix)).sort()) {
    const name = file.slice(0, -suffix.length);
    const text = (part) => readFileSync(`${folder}/${name}.${part}.json`, 'utf8');
    const rule = JSON.parse(text('rule'));
    const source = text('data');
    const data = JSON.parse(source);
    const expected = JSON.parse(text('expected'));
    const compiled = new LogicEngine().build(rule);
    for (const result of [compiled(data), jsonLogic.apply(rule, data)])
        if (!isDeepStrictEqual(result, expected)) throw new Error(`${name}: ${JSON.stringify(result)}`);
    const figures = [
        nanoseconds(() => compiled(data)),
        nanoseconds(() => compiled(JSON.parse(source))),
        nanoseconds(() => jsonLogic.apply(rule, JSON.parse(source))),
    ];
    console.log(name, ...figures.map((figure) => figure.toFixed(1)));
}
