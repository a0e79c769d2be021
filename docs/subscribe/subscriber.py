#!/usr/bin/env python3
"""Prints every event once: sequence, type, subject.    pip install confluent-kafka

Stopped and started again it goes on where it was. Kafka delivers at least once; what makes it once
here is that the effect and the highest sequence of the partition are written in one transaction,
for each log: one restored from a backup has an id of its own and begins anew.
"""
import os
import sqlite3

from confluent_kafka import Consumer

state = sqlite3.connect(os.environ.get("STATE", "subscriber.sqlite"))
state.execute("create table if not exists progress"
              " (log text, part integer, sequence text, primary key (log, part))")
state.execute("create table if not exists seen"
              " (log text, sequence text, type text, subject text, primary key (log, sequence))")

consumer = Consumer({
    "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "127.0.0.1:9092"),
    "group.id": os.environ.get("GROUP", "my-subscriber"),
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
})
consumer.subscribe([os.environ.get("TOPIC", "throughline.events")])


def handle(event, data):
    """Your work goes here, in the transaction that also moves the sequence."""
    state.execute("insert into seen values (?, ?, ?, ?)",
                  (event["logid"], event["sequence"], event["type"], event["subject"]))


try:
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            print(f"# {message.error()}", flush=True)
            continue
        event = {name[3:]: value.decode() for name, value in message.headers() or []
                 if name.startswith("ce_")}
        with state:
            row = state.execute("select sequence from progress where log = ? and part = ?",
                                (event["logid"], message.partition())).fetchone()
            # Within a partition sequences ascend: one that is not above the last was here before.
            # (Sequences are 19 digits, so text compares like numbers; ce_id would do as well.)
            is_new = row is None or event["sequence"] > row[0]
            if is_new:
                handle(event, message.value())
                state.execute("replace into progress values (?, ?, ?)",
                              (event["logid"], message.partition(), event["sequence"]))
        if is_new:
            print(event["sequence"], event["type"], event["subject"], flush=True)
        consumer.commit(message, asynchronous=True)
except KeyboardInterrupt:
    consumer.close()
