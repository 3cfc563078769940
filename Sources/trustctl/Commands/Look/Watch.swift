import ArgumentParser
import Glibc
import Host
import Trust

struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Shows the queue, trustd and the last decisions on the whole screen, as they change.",
        discussion: """
            Enter opens the marked certificate, and there the keys of `review` decide, as root or in a fleet by a signature. Members of group trustd may look. \
            ? shows the keys.
            """)

    @OptionGroup var keys: KeyOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !common.json else { throw ValidationError("watch shows a screen: it has no --json") }
    }

    func run() throws {
        guard FullScreen.isPossible else {
            throw Failure("watch needs a terminal with a screen; type `trustctl list` or `trustctl review` instead", .usage)
        }
        let local = try LocalTrust(config: common.config, progress: Terminal.progress)
        var watching = try Watching(
            WatchLook(config: common.config, filter: keys.filter), local, readsBack: keys.readBack, waiting: keys.lock.wait, keys.fleet())
        switch try watching.run() {
        case .quit: break
        case .signal(let number): raise(number)
        case .gone: Glibc.exit(ExitStatus.interrupted.rawValue)
        }
    }
}
