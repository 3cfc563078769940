package import TrustCore

/// A queue without an Exim: for what only looks, and for what only changes the queue.
package struct QueueScene {
    package let folder: SceneFolder
    package let `operator`: Operator

    package static func run(_ body: (QueueScene) throws -> Void) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try body(QueueScene(in: folder))
    }

    private init(in folder: SceneFolder) throws {
        for name in ["state", "state/pending", "state/position", "ledger", "ledger/denied", "certs"] { try folder.makeFolder(name) }
        try folder.write("list", "RELAY_FROM_CERTS =\n")
        try folder.write(
            "conf",
            "state = \(folder("state"))\nlist = \(folder("list"))\ncertificates = \(folder("certs"))\nledger = \(folder("ledger"))\n")
        self.folder = folder
        self.operator = Operator(settings: folder("conf"))
    }

    /// A fingerprint that begins with `number`, in sixteen digits.
    package static func fingerprint(_ number: Int) throws -> Fingerprint {
        let digits = String(number, radix: 16, uppercase: true)
        let beginning = String(repeating: "0", count: 16 - digits.count) + digits
        return try Fingerprint(exactly: (beginning + String(repeating: "5", count: 48)).utf8)
    }

    /// Puts an entry into the queue that was seen this long before `now`. Several whose order matters need the same `now`.
    package func add(
        _ fingerprint: Fingerprint, secondsAgo: Int64 = 180, before now: Timestamp = .now, sightings: UInt64 = 1,
        from address: String? = "192.0.2.7", certificate: ClientCertificate? = nil
    ) throws {
        try folder.queue(
            fingerprint, secondsAgo: secondsAgo, before: now, sightings: sightings, from: address, certificate: certificate)
    }

    /// What trustd counts as refused for lack of room.
    package func refuse(_ count: UInt64) throws {
        var status = FollowerStatus(process: 1, since: .now, updated: .now, pending: 0)
        status.refused = ["full": count, "denied": 7]
        try folder.write("state/position/\(SharedFiles.lock)", "")
        try folder.write("state/position/status", String(decoding: status.encoded(), as: UTF8.self))
    }

    /// The command line of `trustctl` with these settings.
    package func command(_ arguments: String...) -> [String] { [BuiltPrograms.trustctl] + arguments + ["--config", folder("conf")] }
}

extension SceneFolder {
    /// Has `client` wait, without trustd: its entry, as trustd would write it.
    package func queue(_ client: ClientCertificate, secondsAgo: Int64 = 180, before now: Timestamp = .now) throws {
        try queue(client.fingerprint, secondsAgo: secondsAgo, before: now, certificate: client)
    }

    fileprivate func queue(
        _ fingerprint: Fingerprint, secondsAgo: Int64, before now: Timestamp, sightings: UInt64 = 1, from address: String? = "192.0.2.7",
        certificate: ClientCertificate?
    ) throws {
        let seen = Timestamp(seconds: now.seconds - secondsAgo)
        var entry = PendingEntry(fingerprint: fingerprint, firstSeen: seen, lastSeen: seen)
        entry.sightings = sightings
        entry.addresses = [address.flatMap { Address($0) }].compactMap { $0 }
        if let certificate {
            let lines = try File.read(certificate.certificate).split(separator: "\n")
            entry.certificate = lines.filter { !$0.hasPrefix("-") && !$0.contains(" ") && !$0.contains(":") }.joined()
        }
        try write("state/pending/\(fingerprint)", String(decoding: entry.encoded(), as: UTF8.self))
    }
}
