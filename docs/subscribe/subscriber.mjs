// Prints every event once: sequence, type, subject.    npm install kafkajs
//
// Stopped and started again it goes on where it was. Kafka delivers at least once; the highest
// sequence of each log and partition, kept beside the effect, is what makes it once here. A log
// restored from a backup has an id of its own and begins anew.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Kafka, logLevel } from "kafkajs";

const file = process.env.STATE ?? "subscriber.json";
let progress = {};
try {
  progress = JSON.parse(readFileSync(file, "utf8"));
} catch (error) {
  if (error.code !== "ENOENT") throw error;
}

function save(place, sequence) {
  progress[place] = sequence;
  writeFileSync(`${file}.new`, JSON.stringify(progress));
  renameSync(`${file}.new`, file);
}

// Your work goes here. Write the sequence in the same transaction if you have one; a crash between
// the two repeats one event, which its id tells.
async function handle(event, data) {
  console.log(event.sequence, event.type, event.subject);
}

const kafka = new Kafka({
  clientId: "my-subscriber",
  logLevel: logLevel.WARN,
  brokers: (process.env.KAFKA_BROKERS ?? "127.0.0.1:9092").split(","),
});
const consumer = kafka.consumer({ groupId: process.env.GROUP ?? "my-subscriber" });
await consumer.connect();
await consumer.subscribe({
  topic: process.env.TOPIC ?? "throughline.events",
  fromBeginning: true,
});
await consumer.run({
  eachMessage: async ({ partition, message }) => {
    const event = {};
    for (const [name, value] of Object.entries(message.headers ?? {}))
      if (name.startsWith("ce_")) event[name.slice(3)] = value.toString();
    // Within a partition sequences ascend: one that is not above the last was here before.
    const place = `${event.logid}/${partition}`;
    if (event.sequence <= (progress[place] ?? "")) return;
    await handle(event, JSON.parse(message.value));
    save(place, event.sequence);
  },
});
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => consumer.disconnect().then(() => process.exit(0)));
