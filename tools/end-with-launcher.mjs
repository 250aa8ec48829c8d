// Loaded into the program that the launcher starts: a launcher that was killed can pass nothing on any more, so its
// program notices by itself and ends as if told to. Does nothing in the program's own children, which load it too.
const launcher = Number(new URL(import.meta.url).searchParams.get('launcher'));

if (process.ppid === launcher) {
  const watch = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}
