import Certificates
package import EximControl
package import Host
import SystemPackage
package import TrustCore

/// All that is known about every fingerprint, joined from the trust list, the denials, the queue, the ledger and the trust directory.
///
/// It holds where each of them stands there, and joins a record when somebody asks: a list may hold a hundred thousand.
package struct Register {
    package let list: TrustListFile
    package let books: Books
    package let directory: ResolvedPath
    /// Whether the trust directory holds certificates: with trust by fingerprint alone it is empty.
    let directoryIsInUse: Bool
    /// Files in the queue's folder that are not entries: trustd's user put them there.
    let oddities: [String]
    /// Why the queue could not be read.
    ///
    /// The attack: trustd's user makes his folder unreadable, so that no stolen key can be revoked any more. Therefore this is an error only
    /// for commands that need the queue: they call `requireQueue`.
    package private(set) var queueFailure: Failure?
    /// The queue, when it holds so many files that not all were read.
    private let overfull: QueueFolder?
    /// The names in the folder of a list in folder form; nil for another list, and as long as nobody else has changed the folder: then names
    /// are looked up there one by one, until `readAll`.
    package private(set) var names: ApprovedFolder.Names?
    private let approved: ApprovedFolder?
    /// The folder of the CA's revoked clients; nil where there is none.
    package let revokedClients: RevokedFolder?
    /// The CA whose clients are let in; nil where trust is not by one, or where it cannot be read.
    let authority: Certificate?
    /// The fingerprints with a file in `denied/`. Approved ones may be among them: an approval takes precedence.
    private var denied: Set<Fingerprint> = []
    private let denials: FilePath
    var deniedKeys: DeniedKeys
    /// All of `deniedKeys`, when many are looked at.
    package internal(set) var keysDenied: Set<String> = []
    /// Whether all that are approved or denied are in `places` (`readAll`).
    private(set) var isWhole = false
    /// Where those that are approved, denied or pending stand.
    var places: [Fingerprint: Place] = [:]
    package internal(set) var items: [TrustList.Item] = []
    package internal(set) var entries: [PendingEntry]
    package internal(set) var fleet: FleetKnowledge?
    var installed: [Fingerprint: TrustDirectory.File] = [:]
    /// Certificates that the operator named.
    var named: [Fingerprint: CertificateOutline] = [:]
    let kept: KnownCertificates
    let invitations: InvitationFolder
    /// In a fleet, those of whoever looks: they are in the ledger of no host.
    var operatorInvitations: InvitationFolder?
    let renew: RenewalPolicy
    private(set) var isForMany = false
    /// The certificates of `entries`, when many are looked at.
    private var claims: [Result<CertificateOutline, CertificateClaimError>?] = []

    /// Where one stands; below zero: nowhere.
    struct Place {
        var item: Int32 = -1
        var entry: Int32 = -1
        /// Its line in the checkpoint.
        var line: Int64 = -1
        /// When it was seen last, by that line.
        var seen: Int64 = -1
    }

    /// Something that depends on what is known. It may add a certificate that the operator named (`know`).
    package typealias Reading<Value> = (inout Register) throws(Failure) -> Value

    /// Reads everything, with this host's ledger.
    package init(_ configuration: Configuration) throws(Failure) {
        try self.init(configuration, LedgerFile(in: configuration.ledger))
    }

    /// Reads what is needed to look at a few. A source of ours that cannot be read is an error, and never a shorter list.
    init(_ configuration: Configuration, _ store: any LedgerStore) throws(Failure) {
        list = try TrustListFile(configuration)
        approved = list.folder
        let revoked = RevokedFolder(configuration)
        revokedClients = revoked.isThere ? revoked : nil
        authority = revoked.isThere ? AuthorityFolder(configuration).authority : nil
        denials = configuration.denied
        deniedKeys = DeniedKeys(in: configuration.ledger)
        kept = KnownCertificates(in: configuration.ledger)
        invitations = InvitationFolder(configuration)
        renew = configuration.renew
        directory = ResolvedPath(orAsWritten: configuration.certificates)
        let certificates = TrustDirectory.names(in: configuration.certificates)
        directoryIsInUse = certificates.contains { $0.hasSuffix(".pem") || $0.hasSuffix(".crt") }
        if approved == nil { items = try list.list()?.items ?? [] }
        do throws(SystemError) {
            books = try store.books()
            let folder = QueueFolder(configuration)
            var queue = QueueFolder.Content()
            do { queue = try folder.content() } catch { queueFailure = folder.failure(error) }
            oddities = queue.oddities
            overfull = queue.unread > 0 ? folder : nil
            entries = queue.entries
            _ = try Folder.closed(denials)
        } catch { throw Failure(error) }
        places.reserveCapacity(items.count + entries.count)
        for (index, item) in items.enumerated() { places[item.fingerprint] = Place(item: Int32(index)) }
        for (index, entry) in entries.enumerated() { places[entry.fingerprint, default: Place()].entry = Int32(index) }
        let isKnown = approved.map { ApprovedMark.isAtEase($0, in: configuration.ledger) } ?? true
        if !isKnown || !certificates.isEmpty { try readAll() }
        if certificates.isEmpty { return }
        do { installed = try TrustDirectory.certificates(in: configuration.certificates, only: Set(places.keys)) } catch {
            throw Failure(error)
        }
    }

    /// Reads the names of all that are approved or denied, for those who ask for more than a few.
    package mutating func readAll() throws(Failure) {
        guard !isWhole else { return }
        isWhole = true
        if let approved {
            let read = try approved.names()
            names = read
            items = read.fingerprints.map { .init(fingerprint: $0, comments: []) }
            for (index, item) in items.enumerated() { places[item.fingerprint, default: Place()].item = Int32(index) }
        }
        do throws(SystemError) { denied = try Self.denied(in: denials) } catch { throw Failure(error) }
        for fingerprint in denied where places[fingerprint] == nil { places[fingerprint] = Place() }
    }

    private static func denied(in folder: FilePath) throws(SystemError) -> Set<Fingerprint> {
        Set((try Folder.closed(folder)?.names() ?? []).compactMap { try? Fingerprint(exactly: $0.utf8) })
    }

    /// Whether there is a file with this name in `denied/`. An approved one may have one: an approval takes precedence.
    package func isDenied(_ fingerprint: Fingerprint) -> Bool {
        if let fleet, fleet.denied.contains(fingerprint) { return true }
        return isWhole ? denied.contains(fingerprint) : LocalFileSystem().exists(denials.appending(fingerprint.description))
    }

    func item(_ fingerprint: Fingerprint) -> TrustList.Item? { item(fingerprint, places[fingerprint]) }

    private func item(_ fingerprint: Fingerprint, _ place: Place?) -> TrustList.Item? {
        if let place, place.item >= 0 { return items[Int(place.item)] }
        guard !isWhole, let approved, approved.holds(fingerprint) else { return nil }
        return .init(fingerprint: fingerprint, comments: [])
    }

    /// A record for a fingerprint, known or not, with all that is known.
    package subscript(fingerprint: Fingerprint) -> Record { record(fingerprint, books.word(fingerprint)) }

    private func record(_ fingerprint: Fingerprint, _ word: Ledger.LastWord?) -> Record { record(fingerprint, places[fingerprint], word) }

    private func record(_ fingerprint: Fingerprint, _ place: Place?, _ word: Ledger.LastWord?) -> Record {
        var record = Record(fingerprint: fingerprint, state: .none)
        record.item = item(fingerprint, place)
        if let place {
            if place.entry >= 0 { record.entry = entries[Int(place.entry)] }
        } else {
            // The attack: so many files that the entry in question is not among those that were read.
            record.entry = overfull?.entry(fingerprint)
        }
        record.state =
            record.item != nil ? .approved : isDenied(fingerprint) ? .denied : record.entry != nil ? .pending : .none
        var claim: Result<CertificateOutline, CertificateClaimError>?
        if isForMany, let place, place.entry >= 0 { claim = claims[Int(place.entry)] }
        record.complete(word, installed.isEmpty ? nil : installed[fingerprint], claim: claim) { kept.der($0) }
        if !named.isEmpty, let outline = named[fingerprint] {
            record.outline = outline
            record.source = .file
        }
        record.waysIn = waysIn(record)
        if let fleet { record.add(fleet) }
        return record
    }

    /// The record of one that stands somewhere, with as much as lists show.
    package func brief(_ fingerprint: Fingerprint) -> Record {
        let place = places[fingerprint]
        if let place, place.line >= 0 { return record(fingerprint, place, books.brief(fingerprint, at: Int(place.line))) }
        return record(fingerprint, place, isForMany ? books.recent[fingerprint] : books.word(fingerprint))
    }

    /// What one is.
    package func state(of fingerprint: Fingerprint) -> TrustState { state(of: fingerprint, places[fingerprint]) }

    private func state(of fingerprint: Fingerprint, _ place: Place?) -> TrustState {
        if item(fingerprint, place) != nil { return .approved }
        return isDenied(fingerprint) ? .denied : place.map { $0.entry >= 0 } ?? false ? .pending : .none
    }

    /// Those in this state, or in any but none; first those that were not seen, last those that were seen last. `lookAtMany` first.
    package func fingerprints(_ wanted: TrustState?) -> [Fingerprint] {
        var all: [(lastSeen: Int64, fingerprint: Fingerprint)] = []
        for (fingerprint, place) in places {
            let state = state(of: fingerprint, place)
            guard wanted == nil || wanted == state else { continue }
            all.append((lastSeen(fingerprint, place, state)?.seconds ?? -1, fingerprint))
        }
        all.sort { ($0.lastSeen, $0.fingerprint) < ($1.lastSeen, $1.fingerprint) }
        return all.map(\.fingerprint)
    }

    /// How many are in this state. `readAll` first.
    package func count(_ wanted: TrustState) -> Int { places.reduce(0) { $0 + (state(of: $1.key, $1.value) == wanted ? 1 : 0) } }

    /// `Record.lastSeen`, without joining the rest: for sorting thousands.
    private func lastSeen(_ fingerprint: Fingerprint, _ place: Place, _ state: TrustState) -> Timestamp? {
        if state == .pending { return entries[Int(place.entry)].lastSeen }
        if place.line >= 0 { return place.seen >= 0 ? Timestamp(seconds: place.seen) : nil }
        return books.recent[fingerprint]?.evidence?.lastSeen.flatMap { Timestamp(rfc3339: $0) }
    }

    /// Prepares for those who look at many records: finds their lines, and reads the certificates of those that are pending.
    package mutating func lookAtMany() throws(Failure) {
        guard !isForMany else { return }
        isForMany = true
        try readAll()
        do throws(SystemError) { keysDenied = try deniedKeys.all() } catch { throw Failure(error) }
        claims = entries.map { entry in
            entry.certificate.map { claimed in
                Result { () throws(CertificateClaimError) in try CertificateOutline(claimed: claimed, for: entry.fingerprint) }
            }
        }
        var places = places
        self.places = [:]
        books.each { fingerprint, reference in
            guard case .line(let line, let place) = reference, let index = places.index(forKey: fingerprint) else { return }
            places.values[index].line = Int64(place)
            places.values[index].seen = CheckpointLine.lastSeen(line)?.seconds ?? -1
        }
        self.places = places
    }

    /// The certificate that is claimed in the entry at `index`, as far as it can be read. Parsed once, where many are looked at.
    func outline(ofEntry index: Int) -> CertificateOutline? {
        if isForMany { return try? claims[index]?.get() }
        return entries[index].certificate.flatMap { try? CertificateOutline(claimed: $0, for: entries[index].fingerprint) }
    }

    /// Their records, with as much as lists show; each is joined when it is its turn. `lookAtMany` first.
    package func briefs(_ fingerprints: some Sequence<Fingerprint>) -> some Sequence<Record> { fingerprints.lazy.map { brief($0) } }

    /// All records, whole; joined anew at each call.
    package func records() throws(Failure) -> [Fingerprint: Record] {
        var register = self
        try register.readAll()
        return Dictionary(uniqueKeysWithValues: register.places.keys.map { ($0, register[$0]) })
    }

    /// Throws when the queue could not be read: the wanted entry might be in it.
    package func requireQueue() throws(Failure) { if let queueFailure { throw queueFailure } }
}
