// Preloaded into a child of `holdfast start`: when the parent is gone, the channel closes and the child ends,
// gracefully if it can within five seconds.
if (process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.exit(0), 5000).unref()
    process.kill(process.pid, 'SIGTERM')
  })
}
