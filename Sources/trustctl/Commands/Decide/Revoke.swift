import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Stops trusting certificates: removes them from the trust list and reloads Exim.",
        discussion: """
            Sessions that are already open keep the old list until they end; the command says how many there are. --disconnect ends those \
            from addresses where the certificate was seen, even when it was revoked before.

            Mail that Exim has accepted from it and not yet delivered waits in Exim's queue, and goes on; the command says how many messages \
            there are. --hold has Exim freeze them.

            What is revoked is the key: other approved certificates with the same key are revoked too, because who has the key has all of \
            them, and those that the key has named as its successors. With --yes this must be said, with --key or --only.

            With trust by a CA also a certificate that the CA has issued, known here or not: it relays no more from its next recipient on.
            """)

    @Argument(help: fingerprintHelp, completion: Candidates.approved) var fingerprints: [String]
    @Flag(help: "End Exim's connections from addresses where the certificate was seen.") var disconnect = false
    @Flag(help: "Have Exim freeze the messages in its queue that came with the certificate.") var hold = false
    @Flag(help: "Leave others with the same key, and its successors, approved.") var only = false
    @Flag(help: "Revoke others with the same key and its successors too, also with --yes.") var key = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !only || !key else { throw ValidationError("--only and --key exclude each other") }
    }

    func run() throws {
        var request = Self.request(reason: change.reason) { register throws(Failure) in try meant(in: &register) }
        request.deniesKeys = !only
        (request.endsConnections, request.holdsMail) = (disconnect, hold)
        try Change(common, change, fleet).carryOut(request)
    }

    /// What takes trust from all that are `meant`, and bars their keys. `isOfCA`: our CA may have let them in elsewhere.
    static func request(reason: String?, isOfCA: Bool = false, meant: @escaping Register.Reading<[Fingerprint]>) -> Request {
        var request = Request(.revoke, reason: reason) { register throws(Failure) in
            try meant(&register).compactMap { fingerprint in
                if register[fingerprint].state == .approved { return .takenOut(fingerprint, register) }
                // Who comes by a certificate of the CA is in no list of ours, and need not be known.
                return register.trustsByAuthority || isOfCA ? .init(fingerprint: fingerprint, after: .denied) : nil
            }
        }
        request.cautions = { register in
            guard register.isRevokedFolderLost else { return [] }
            return [
                "the folder of the CA's revoked clients is missing, so Exim takes no mail of the CA's clients: `trustctl setup` makes it"
                    + " again, with what is revoked now"
            ]
        }
        request.deniesKeys = true
        request.named = meant
        return request
    }

    /// Those that were named, and the approved ones with their keys.
    ///
    /// The attack: a thief has had a second certificate with the stolen key approved, and keeps it when the first one is revoked.
    private func meant(in register: inout Register) throws(Failure) -> [Fingerprint] {
        let named = try FingerprintReference.resolve(fingerprints, in: register)
        if only { return named }
        let all = try Self.meant(named, in: &register)
        let others = all.filter { !named.contains($0) }
        if !others.isEmpty, change.yes, !change.dryRun, !key {
            let approved = others.filter { register.state(of: $0) == .approved }
            let withKey = register.approved(withKeysOf: named)
            let isIssued = approved.count < others.count
            let what = approved.allSatisfy(withKey.contains) ? "the same key" : "the same key or follow it"
            let many = others.count == 1 && what == "the same key" ? "this one has \(what), and is" : "these have \(what), and are"
            throw Failure(
                messages: ["nothing has changed: \(many) \(isIssued ? "let in" : "approved") too:"]
                    + others.map { "  \($0)\(Printable.behind(register[$0].label))" },
                hint: "--key revokes all of them, --only just what is named", exit: .usage)
        }
        return all
    }

    /// `named`, the approved ones with their keys or following them, and what our CA has issued to these keys.
    static func meant(_ named: [Fingerprint], in register: inout Register, isOfCA: Bool = false) throws(Failure) -> [Fingerprint] {
        let issued = register.trustsByAuthority || isOfCA ? try register.know(issuedToKeysOf: named) : []
        let others = register.approved(inLinesOf: named + issued.filter { !named.contains($0) })
        return (named + issued + others).reduce(into: []) { all, one in if !all.contains(one) { all.append(one) } }
    }
}
