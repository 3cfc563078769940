import ArgumentParser
import Authority
import Host
import Trust
import TrustCore

struct AuthorityRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revokes certificates that your own CA has issued, and their keys.",
        discussion: """
            All that the CA has issued to the key and that is still in force goes into the folder of revoked clients, where Exim looks at each \
            recipient; others with this key that are approved are revoked too. The key gets no certificate any more. `trustctl undo` takes it \
            back. Do it on each relay: they share nothing.
            """)

    @Argument(
        help: ArgumentHelp(
            "A certificate of the CA's, or the one for which it was issued: a fingerprint or its first 16 digits, or the name in it.",
            valueName: "fp"))
    var names: [String]
    @Flag(help: "End Exim's connections from addresses where the certificate was seen.") var disconnect = false
    @Flag(help: "Have Exim freeze the messages in its queue that came with the certificate.") var hold = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let local = try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
        let list = try IssuedList(try local.look(recovering: !change.dryRun), local)
        var wanted: [Fingerprint] = []
        for name in names {
            let found = list.named(name)
            guard !found.isEmpty else {
                throw Failure(
                    "the CA has issued no “\(Printable(name, limit: 80))”; nothing has changed", .noSuchEntry,
                    hint: "`trustctl ca list` shows all; `trustctl revoke FP` takes any fingerprint")
            }
            wanted += found.filter { !wanted.contains($0) }
        }
        let meant = wanted
        var request = Revoke.request(reason: change.reason, isOfCA: true) { register throws(Failure) in
            try Revoke.meant(meant, in: &register, isOfCA: true)
        }
        (request.endsConnections, request.holdsMail) = (disconnect, hold)
        // A CA acts on one host.
        let isInFleet = local.isInFleet
        try Change(common, change, FleetChoice(local: isInFleet, signWith: nil)).carryOut(request)
    }
}
