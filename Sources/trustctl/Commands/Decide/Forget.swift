import ArgumentParser
import Host
import Trust
import TrustCore

struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Removes entries from the queue; they return when they are seen again.")

    @Argument(help: fingerprintHelp, completion: Candidates.pending) var fingerprints: [String] = []
    @Option(help: ArgumentHelp("All pending entries of this address, or of this IPv6 address's /64.", valueName: "address")) var from:
        String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard fingerprints.isEmpty != (from == nil) else { throw ValidationError("Give fingerprints or --from") }
        if let from, Address(from) == nil { throw ValidationError("--from takes an IP address") }
    }

    func run() throws {
        let block = from.flatMap { Address($0)?.block }
        try Change(common, change).carryOut(Self.request(fingerprints, from: block, reason: change.reason))
    }

    /// `block` is what a limit counts together.
    static func request(_ fingerprints: [String], from block: String? = nil, reason: String? = nil) -> Request {
        Request(.forget, reason: reason) { register throws(Failure) in
            try register.requireQueue()
            var wanted = try FingerprintReference.resolve(fingerprints, in: register)
            if let block { wanted += register.entries.filter { $0.isFrom(block) }.map(\.fingerprint).sorted() }
            return wanted.map { fingerprint in
                let state = register[fingerprint].state
                return TrustPlan.Wish(fingerprint: fingerprint, after: state == .pending ? .none : state)
            }
        }
    }
}

extension PendingEntry {
    fileprivate func isFrom(_ block: String) -> Bool {
        addresses.contains { $0.block == block } || observed?.address?.block == block
    }
}
