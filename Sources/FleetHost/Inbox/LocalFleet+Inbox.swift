import Fleet
import FleetCarrier
package import Host
import SystemPackage
import Trust
import TrustCore

extension LocalFleet {
    package func inbox() throws(Failure) -> Inbox? {
        do throws(SystemError) { return try Inbox(folders.inbox) } catch {
            throw Failure(
                "the inbox cannot be read: \(error)", .notSound, hint: "it must be a folder, and no link: trustctl-fleet(8) says whose")
        }
    }

    /// Whether anything is in the inbox. What cannot be read is for a run that says so.
    package var isInboxFilled: Bool {
        do {
            guard let inbox = try inbox() else { return false }
            return try inbox.isFilled()
        } catch { return true }
    }

    /// What one run has found in the inbox, and done.
    package struct Round {
        /// What was kept of it; nil: nothing could be taken.
        package let imported: Imported?
        /// What was in it and is no pack of this fleet.
        package let refused: [String]
        /// How what is kept here was made so. Nil: that was done before, or it has failed.
        package let applied: Applied?
        package let failure: Failure?

        fileprivate let wasFilled: Bool

        /// Whether the inbox could not even be opened.
        package var isInboxBroken: Bool { wasFilled && imported == nil }
        /// Whether the inbox had something, and nothing that was new and counts here.
        package var wasInVain: Bool { wasFilled && !(imported?.isNews ?? false) }
    }

    /// Takes what is in the inbox, and makes so what the fleet has decided. `onlyIfNeeded`: not again what the last run has made so.
    ///
    /// Throws when what is in it cannot be kept: then it stays.
    package func round(onlyIfNeeded: Bool, waiting seconds: Int) throws(Failure) -> Round {
        if onlyIfNeeded, isSettled, !isInboxFilled {
            // No decision is read for that: strangers fill the queue, and a timer asks.
            if isReportDue { tell { () throws(Failure) in try report(waiting: seconds) } }
            return Round(imported: nil, refused: [], applied: nil, failure: nil, wasFilled: false)
        }
        return try locked(waiting: seconds) { content throws(Failure) in
            let emptied = try empty(&content)
            // Whatever is wrong with the inbox, what is kept is made so.
            var failure = emptied?.failure
            var applied: Applied?
            // What was kept just now is made so, whatever the files' times say: several runs fit into one tick of the clock.
            let imported = emptied?.imported
            if !onlyIfNeeded || !isSettled || imported?.isNews ?? false {
                do throws(Failure) {
                    let state = if let known = emptied?.state { known } else { try state(content.decisions) }
                    applied = try apply(state, bringing: imported?.brought ?? [])
                } catch {
                    failure = failure.map { error.adding($0.messages) } ?? error
                }
            }
            // What strangers have caused fails nothing that was decided.
            tell { () throws(Failure) in try writeReport() }
            return Round(
                imported: emptied?.imported, refused: emptied?.refused ?? [], applied: applied, failure: failure, wasFilled: emptied != nil)
        }
    }

    private func report(waiting seconds: Int) throws(Failure) {
        try checkMayChange()
        try local.locked(waiting: seconds) { () throws(Failure) in try writeReport() }
    }

    /// Goes on, whatever is wrong with it.
    private func tell(_ body: () throws(Failure) -> Void) {
        do throws(Failure) { try body() } catch { local.progress.tell(error) }
    }

    private struct Emptied {
        var imported: Imported?
        /// What follows from all decisions then.
        var state: FleetState?
        var refused: [String] = []
        var failure: Failure?
    }

    /// Nil when nothing was in it. The caller holds the lock.
    private func empty(_ content: inout DecisionStore.Content) throws(Failure) -> Emptied? {
        let emptied: Result<Emptied?, Failure>
        do throws(Failure) {
            guard let inbox = try inbox() else { return nil }
            var taken = try take(inbox)
            guard !taken.isEmpty else { return nil }
            emptied = Result { () throws(Failure) in try keep(&taken, of: inbox, &content) }
        } catch { return Emptied(failure: error) }
        return try emptied.get()
    }

    /// Throws when it cannot be kept: then it stays in the inbox.
    private func keep(_ taken: inout Inbox.Taken, of inbox: borrowing Inbox, _ content: inout DecisionStore.Content) throws(Failure)
        -> Emptied
    {
        var emptied = Emptied()
        var keeping = Keeping(self, knowing: content)
        // What those begin with in which nothing was found yet.
        var beginnings: [Int: [UInt8]] = [:]
        var count = 0
        while let pack = inbox.next(&taken) {
            try keeping.add(pack, to: &content)
            if keeping.isLastUseless { beginnings[count] = Array(pack.prefix(RefusedFiles.mostBytes)) }
            count += 1
        }
        let (imported, state) = try keeping.end(in: &content)
        // Now all that is good in them is on the disk.
        inbox.remove(&taken)
        (emptied.imported, emptied.state) = (imported, state)
        emptied.refused = taken.others.prefix(Self.mostNamed).map { "\(Printable($0.name, limit: 60)): \($0.why)" }
        if taken.others.count > Self.mostNamed { emptied.refused.append("\(taken.others.count - Self.mostNamed) more that are no packs") }
        let useless = imported.useless.compactMap { beginnings[$0] }
        if !useless.isEmpty {
            let sentence = "\(useless.count == 1 ? "1 file" : "\(useless.count) files") without anything for this fleet"
            let place = RefusedFiles(path: folders.own.appending("refused"))
            do throws(SystemError) {
                try place.keep(useless)
                emptied.refused.append("\(sentence): what the last ones begin with is in \(place.path)")
            } catch { emptied.refused.append("\(sentence); they are not kept: \(error)") }
        }
        emptied.failure = taken.stuck.first.map(Self.failure)
        return emptied
    }

    private func take(_ inbox: borrowing Inbox) throws(Failure) -> Inbox.Taken {
        do throws(SystemError) { return try inbox.take() } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: SystemError) -> Failure { Failure("the inbox cannot be emptied: \(error)", .notSound) }

    /// The others are counted.
    private static let mostNamed = 5
}
