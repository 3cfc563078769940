import FleetCarrier
import SystemPackage
import TrustCore

/// Which certificates of what the fleet approves this host lacks, and which it holds in the database for others.
struct CertificateNeeds {
    /// Names that are asked for at one look, and names that wait for their turn.
    static let mostAtOnce = 2_000
    static let mostWaiting = 10_000

    /// Root's, where its certificates are.
    private let known: FilePath
    /// Approved by what root has accepted, and not here.
    private var lacking: Set<Fingerprint> = []
    /// Those whose turn has not come in this round: more than `mostAtOnce` take turns.
    private var round: [Fingerprint] = []
    private var asking: [Fingerprint] = []
    /// Handed over since the connection was made. Root has it, or does not want it.
    private var handed: Set<Fingerprint> = []
    /// Of decisions that were made here: held in the database, whatever leaves the queue.
    private(set) var held: Set<Fingerprint> = []
    /// What was taken away, and need not be held any more.
    private var released: [Fingerprint] = []
    private var mayRelease = false

    init(_ known: FilePath) { self.known = known }

    /// Whether root has it. Where nobody may look, nothing is asked for.
    func has(_ fingerprint: Fingerprint) -> Bool {
        do throws(SystemError) { return try Folder(known).has(fingerprint.description) } catch { return !error.isMissing }
    }

    /// Root's copy in DER form, if it is what its name says and the database may hold it.
    func der(_ fingerprint: Fingerprint) -> [UInt8]? {
        guard let bytes = try? Folder(known).contents(of: fingerprint.description, limit: PendingEntry.maximumSize * 2),
            let text = CertificatePEM.body(of: bytes[...]), let der = Base64.decode(Array(text)),
            CarriedCertificate.sizes.contains(der.count), ContentDigest.of(der) == Digest(fingerprint)
        else { return nil }
        return der
    }

    /// A new connection: nobody knows what this database has.
    mutating func begin() {
        (handed, round) = ([], [])
        askAgain()
    }

    /// A decision is on its way to root that approves these.
    mutating func coming(_ fingerprints: [Fingerprint]) {
        for one in fingerprints where asking.count < Self.mostWaiting && !has(one) { asking.append(one) }
    }

    /// Root has accepted decisions about these.
    mutating func accepted(_ fingerprints: [Fingerprint], _ decided: DecidedCertificates) {
        for one in fingerprints {
            guard decided.isApproved(one) else {
                lacking.remove(one)
                held.remove(one)
                released.append(one)
                mayRelease = true
                continue
            }
            guard !has(one) else { continue }
            lacking.insert(one)
            if asking.count < Self.mostAtOnce { asking.append(one) }
        }
    }

    /// Has what is still missing asked for once more, and what could not be let go tried again.
    mutating func askAgain() {
        mayRelease = true
        guard asking.isEmpty else { return }
        if round.isEmpty { round = lacking.filter { !handed.contains($0) } }
        for one in round.suffix(Self.mostAtOnce) {
            if has(one) { lacking.remove(one) } else if lacking.contains(one) { asking.append(one) }
        }
        round.removeLast(min(Self.mostAtOnce, round.count))
    }

    /// Some of those that are to be asked for now.
    mutating func next(atMost count: Int) -> Set<Fingerprint> {
        defer { asking.removeFirst(min(count, asking.count)) }
        return Set(asking.prefix(count).filter { !handed.contains($0) })
    }

    var isAsking: Bool { !asking.isEmpty }

    mutating func handedOver(_ fingerprint: Fingerprint) { if lacking.contains(fingerprint) { handed.insert(fingerprint) } }

    mutating func holds(_ fingerprint: Fingerprint) { held.insert(fingerprint) }

    /// What the database may let go, as far as `isQueued` does not say that it waits here; empty when there is nothing, or not yet again.
    mutating func releasing(atMost count: Int, isQueued: (Fingerprint) -> Bool) -> [Fingerprint] {
        guard mayRelease else { return [] }
        while !released.isEmpty {
            let some = released.suffix(count).filter { !isQueued($0) && !held.contains($0) }
            if !some.isEmpty { return some }
            releasedSome(atMost: count)
        }
        return []
    }

    mutating func releasedSome(atMost count: Int) { released.removeLast(min(count, released.count)) }

    /// It does not let go just now: not before the next look.
    mutating func restReleasing() { mayRelease = false }
}
