// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: 2026 The Belfry authors

// The demo page: a client of the typed dialect that can be read in five minutes. It remembers
// where it was in each topic, and when the connection is lost it comes back and asks for the rest.

"use strict";

const MAX_LOG = 200;
const MAX_DELAY = 10000;

const element = (id) => document.getElementById(id);
const positions = new Map(); // topic -> {offset, epoch}, or null where there is no history
let socket = null;
let wanted = false;
let attempts = 0;

function log(kind, text) {
  const item = document.createElement("li");
  const time = new Date().toLocaleTimeString();
  item.className = kind;
  item.textContent = `${time}  ${kind}  ${text}`;
  element("log").prepend(item);
  while (element("log").children.length > MAX_LOG) element("log").lastChild.remove();
}

function setState(state, text) {
  element("state").dataset.state = state;
  element("state").textContent = text;
  for (const id of ["subscribe", "publish"])
    element(id).querySelector("button").disabled = state !== "open";
  element("connect-button").textContent = wanted ? "Disconnect" : "Connect";
}

function send(message) {
  const text = JSON.stringify(message);
  socket.send(text);
  log("sent", text);
}

function showTopics() {
  const items = [...positions.keys()].map((topic) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    item.textContent = topic;
    button.type = "button";
    button.textContent = "Unsubscribe";
    button.addEventListener("click", () => send({ type: "unsubscribe", topics: [topic] }));
    item.append(button);
    return item;
  });
  element("topics").replaceChildren(...items);
}

function subscribe(topics) {
  const since = {};
  for (const topic of topics) if (positions.get(topic)) since[topic] = positions.get(topic);
  send({ type: "subscribe", topics, since });
}

function receive(text) {
  const message = JSON.parse(text);
  const isError = message.type === "error";
  log(isError ? "error" : "received", text);
  if (message.type === "subscribed")
    for (const topic of message.topics) if (!positions.has(topic)) positions.set(topic, null);
  if (message.type === "unsubscribed") for (const topic of message.topics) positions.delete(topic);
  if (message.type === "message" && message.epoch && positions.has(message.topic))
    positions.set(message.topic, { offset: message.offset, epoch: message.epoch });
  showTopics();
}

function retry() {
  const delay = Math.min(MAX_DELAY, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
  attempts += 1;
  setState("closed", `connection lost; trying again in ${Math.ceil(delay / 1000)} s`);
  setTimeout(() => wanted && !socket && connect(), delay);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const token = element("token").value.trim();
  const protocols = ["belfry.typed"];
  if (token) protocols.push("belfry.bearer." + token);
  wanted = true;
  setState("closed", "connecting");
  socket = new WebSocket(`${scheme}//${location.host}/ws`, protocols);
  socket.addEventListener("open", () => {
    attempts = 0;
    setState("open", "connected");
    if (positions.size > 0) subscribe([...positions.keys()]);
  });
  socket.addEventListener("message", (event) => receive(event.data));
  socket.addEventListener("close", (event) => {
    socket = null;
    log(event.code >= 4000 ? "error" : "closed", `${event.code} ${event.reason}`);
    if (event.code >= 4400 && event.code < 4500) wanted = false;
    if (wanted) retry();
    else setState("failed", `not connected: ${event.reason || event.code}`);
  });
}

function disconnect() {
  wanted = false;
  if (socket) socket.close(1000);
  setState("closed", "not connected");
}

function onSubmit(id, action) {
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
}

function publish() {
  const text = element("data").value;
  let data = text;
  try {
    data = JSON.parse(text);
  } catch (error) {
    // Whatever is not JSON is published as a text.
  }
  send({ type: "publish", topic: element("publish-topic").value, data });
}

onSubmit("connect", () => (wanted ? disconnect() : connect()));
onSubmit("subscribe", () => subscribe([element("topic").value]));
onSubmit("publish", publish);

// "#token=..." comes from the address that `./dev run` prints; it never reaches the server's log.
const fromAddress = new URLSearchParams(location.hash.slice(1)).get("token");
if (fromAddress) {
  element("token").value = fromAddress;
  history.replaceState(null, "", location.pathname);
  connect();
}
