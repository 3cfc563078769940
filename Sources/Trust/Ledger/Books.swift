import Certificates
import SystemPackage
import TrustCore

/// What the ledger says now: a checkpoint's sum, and the lines behind it. No more of the ledger is read than that needs.
package final class Books {
    let ledger: LedgerBytes
    private(set) var checkpoint: Checkpoint?
    /// Why there is a checkpoint that is not used.
    private(set) var distrust: String?
    private(set) var sum: LedgerSum
    /// Whether a crash tore the last line (`Ledger.isTorn`).
    let isTorn: Bool
    /// The certificates of the words behind the checkpoint.
    private var recentOutlines: [Fingerprint: CertificateOutline] {
        if let readOutlines { return readOutlines }
        let outlines = recent.reduce(into: [Fingerprint: CertificateOutline]()) { found, word in
            found[word.key] =
                word.value.outline ?? word.value.evidence?.certificate.flatMap { try? CertificateOutline(claimed: $0, for: word.key) }
        }
        readOutlines = outlines
        return outlines
    }
    private var readOutlines: [Fingerprint: CertificateOutline]?
    /// How many lines are behind the checkpoint, or in all.
    private(set) var tail = 0

    /// `checkpoint` is where one may be; nil where there is none.
    init(_ ledger: LedgerBytes, checkpoint path: FilePath?) throws(SystemError) {
        self.ledger = ledger
        var found: Checkpoint?
        if let path { do throws(Checkpoint.Distrust) { found = try Checkpoint(path, of: ledger) } catch { distrust = error.description } }
        checkpoint = found
        isTorn = try ledger.mayBeTorn
        sum = LedgerSum()
        try readTail()
    }

    /// Reads the whole ledger, without a checkpoint. Calls `body` with each line's place, the line and what it says, and what all lines before it
    /// say together.
    init(
        reading ledger: LedgerBytes, _ body: (Int, ArraySlice<UInt8>, LedgerEntry?, LedgerSum) throws(SystemError) -> Void
    ) throws(SystemError) {
        self.ledger = ledger
        isTorn = try ledger.mayBeTorn
        sum = LedgerSum()
        try ledger.eachLine { line, place throws(SystemError) in
            let entry = LedgerEntry(line: line)
            try body(place, line, entry, sum)
            tail += 1
            sum.take(entry, at: place)
        }
    }

    private func readTail() throws(SystemError) {
        sum = checkpoint.map { LedgerSum(lines: $0.number, marks: $0.marks) } ?? LedgerSum()
        var failure: SystemError?
        let known = checkpoint
        try ledger.eachLine(from: known?.bytes ?? 0) { line, place in
            tail += 1
            sum.take(LedgerEntry(line: line), at: place) { fingerprint in
                do throws(SystemError) { return try known?.word(fingerprint) } catch {
                    failure = error
                    return nil
                }
            }
        }
        if let failure { throw failure }
    }

    /// Reads the ledger whole, because the checkpoint has said something that it does not.
    private func abandon(_ reason: String) {
        guard checkpoint != nil else { return }
        checkpoint = nil
        readOutlines = nil
        distrust = reason
        tail = 0
        // What can no longer be read stays unknown; the next command says why.
        do throws(SystemError) { try readTail() } catch { distrust = "\(reason); \(error)" }
    }

    /// How many decisions there are, with lines that cannot be read.
    package var lines: Int { sum.lines }
    var marks: LedgerSum.Marks { sum.marks }
    /// The words of the lines behind the checkpoint.
    var recent: [Fingerprint: Ledger.LastWord] { sum.words }
    /// Whether whoever holds the lock should make a checkpoint.
    var isLong: Bool {
        distrust != nil || tail > Checkpoint.patience(lines) || lines > Checkpoint.patience(lines) && !(checkpoint?.isAtEase ?? false)
    }

    /// The last word about `fingerprint` with all that belongs to it, as the ledger's own lines say it.
    func word(_ fingerprint: Fingerprint) -> Ledger.LastWord? {
        if let word = sum.words[fingerprint] { return whole(word, fingerprint) }
        guard let checkpoint else { return nil }
        let found = Result { () throws(SystemError) in try checkpoint.word(fingerprint) }
        guard case .success(let word) = found else {
            abandon("it cannot be read")
            return sum.words[fingerprint]
        }
        return word.flatMap { whole($0, fingerprint) }
    }

    /// Adds what lists do not show. The attack: a checkpoint that says what no line of the ledger does.
    func whole(_ word: Ledger.LastWord, _ fingerprint: Fingerprint) -> Ledger.LastWord? {
        if word.extent == .whole { return word }
        var word = word
        guard let entry = entry(at: word.place), entry.number == word.number,
            let subject = entry.decision.subjects.last(where: { $0.fingerprint == fingerprint && $0.after == word.after })
        else {
            abandon("it says of \(fingerprint) what the ledger does not")
            return sum.words[fingerprint]
        }
        word.reason = entry.effects.fleet?.decision(about: subject)?.reason ?? entry.decision.reason
        if let place = word.evidencePlace {
            word.evidence = self.entry(at: place)?.decision.subjects.last { $0.fingerprint == fingerprint }?.evidence
        }
        word.extent = .whole
        return word
    }

    /// The fingerprints about which there is a last word, and whose digits begin with `beginning`.
    func fingerprints(_ beginning: String) -> Set<Fingerprint> {
        var found = Set(recent.keys.filter { $0.description.hasPrefix(beginning) })
        guard let checkpoint else { return found }
        do throws(SystemError) { found.formUnion(try checkpoint.fingerprints(beginning)) } catch {
            abandon("\(error)")
            return fingerprints(beginning)
        }
        return found
    }

    /// Those whose certificate or label is `text` by the last word, in no order, from the first `limit`.
    func fingerprints(_ kind: CheckpointIndex.Kind, _ text: String, atMost limit: Int = .max) -> Set<Fingerprint> {
        let wanted: [Fingerprint]
        switch kind {
        case .label: wanted = recent.filter { $1.label == text }.map(\.key)
        case .key: wanted = recentOutlines.filter { $1.spkiSHA256 == text }.map(\.key)
        case .subject: wanted = recentOutlines.filter { $1.subject == text }.map(\.key)
        }
        return summedUp(kind, text, atMost: limit).union(wanted)
    }

    /// The same for those about which nothing was decided behind the checkpoint.
    func summedUp(_ kind: CheckpointIndex.Kind, _ text: String, atMost limit: Int) -> Set<Fingerprint> {
        do throws(SystemError) {
            return Set(try checkpoint?.fingerprints(kind, text, atMost: limit) ?? []).filter { recent[$0] == nil }
        } catch {
            abandon("\(error)")
            return []
        }
    }

    /// Those that may share a key or a subject with another, of each such group at most `limit`; and all behind the checkpoint.
    func sharing(atMost limit: Int) -> Set<Fingerprint> {
        do throws(SystemError) { return Set(try checkpoint?.sharing(atMost: limit) ?? []).union(recentOutlines.keys) } catch {
            abandon("\(error)")
            return Set(recentOutlines.keys)
        }
    }

    /// The keys of these, as far as their certificates are known, without reading the ledger's lines: one may hold a thousand of them.
    func keys(of wanted: Set<Fingerprint>) -> [Fingerprint: String] {
        var keys: [Fingerprint: String] = [:]
        each { fingerprint, reference in
            guard wanted.contains(fingerprint), case .line(let line, _) = reference else { return }
            keys[fingerprint] = CheckpointLine.word(line)?.outline?.spkiSHA256
        }
        for (fingerprint, outline) in recentOutlines where wanted.contains(fingerprint) { keys[fingerprint] = outline.spkiSHA256 }
        return keys
    }

    /// What the line at `place` says.
    func entry(at place: Int) -> LedgerEntry? { (try? ledger.line(at: place)).flatMap { LedgerEntry(line: $0) } }

    /// Calls `body` with each fingerprint about which there is a last word, and where it is; in no order.
    func each(_ body: (Fingerprint, Reference) -> Void) {
        let recent = sum.words
        for (fingerprint, word) in recent { body(fingerprint, .word(word)) }
        do throws(SystemError) {
            try checkpoint?.eachLine { fingerprint, line, place in
                if recent[fingerprint] == nil { body(fingerprint, .line(line, place)) }
            }
        } catch { abandon("\(error)") }
    }

    /// A last word that may not be read yet.
    enum Reference {
        case word(Ledger.LastWord)
        /// A line of the checkpoint, and where it is.
        case line(ArraySlice<UInt8>, Int)

        var word: Ledger.LastWord? {
            switch self {
            case .word(let word): word
            case .line(let line, _): CheckpointLine.word(line)
            }
        }
    }

    /// The word of a checkpoint's line, with as much as lists show.
    func brief(_ fingerprint: Fingerprint, at place: Int) -> Ledger.LastWord? {
        guard let word = (try? checkpoint?.word(at: place)) ?? sum.words[fingerprint] else { return nil }
        return word.extent == .reference ? whole(word, fingerprint) : word
    }
}
