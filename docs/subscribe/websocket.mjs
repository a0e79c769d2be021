// Follows the events over a WebSocket and resumes where it stood. npm install ws
//   URL=http://127.0.0.1:8080 TOKEN=<access token> FROM=0 node websocket.mjs
import WebSocket from "ws";

const url = (process.env.URL ?? "http://127.0.0.1:8080").replace(/^http/, "ws");
let position = process.env.FROM; // none: only new events

function follow() {
  const query = position === undefined ? "" : `?from=${position}`;
  const socket = new WebSocket(`${url}/api/events/ws${query}`);
  socket.on("open", () => socket.send(JSON.stringify({ type: "auth", token: process.env.TOKEN })));
  socket.on("message", (text) => {
    const message = JSON.parse(text);
    if (message.type === "closed") console.error("closed:", message.problem.detail);
    if (message.type === "event") console.log(message.position, message.event.type, message.event.subject);
    position = message.position ?? position; // a heartbeat has one too
  });
  socket.on("error", (fault) => console.error(fault.message));
  socket.on("close", (code) => {
    if (code === 4401 || code === 4403) process.exit(1); // a new token is needed, or a right
    setTimeout(follow, 1000);
  });
}

follow();
