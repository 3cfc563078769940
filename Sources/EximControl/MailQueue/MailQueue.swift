import Host
import SystemPackage
package import TrustCore

/// The messages that wait in Exim's queue. They are read from its spool, because `exim -bp` does not tell which certificate a client showed.
///
/// The spool belongs to Exim's user, who may write anything there: only names that Exim makes are looked at, and no link is followed.
package struct MailQueue {
    let spool: FilePath
    let progress: Progress
    /// After which no more is read. The attack: Exim's user makes millions of files, and a revocation waits until they are read.
    var patience = Duration.seconds(20)

    /// What was found there.
    package struct Messages {
        package var read: [QueuedMessage] = []
        /// How many more there are, of which nothing can be told.
        package var unread = 0
        /// Whether there was no time for all.
        package var isCut = false
    }

    /// The most names of one folder that are kept.
    private static let mostNames = 1_000_000

    /// More than the header of a message may have: Exim's own limit for that is 1 MiB (`header_maxsize`).
    private static let mostBytes = 16 << 20
    private static let headerSuffix = "-H"

    /// All messages, those in queues with a name too (src/queue.c). One that arrives or is delivered meanwhile may be missing.
    package func messages() throws(SystemError) -> Messages {
        var messages = Messages()
        var wait = SlowWait { [progress] in progress.wait("reading Exim's queue") }
        for name in try Folder(spool, followingLink: true).names().sorted() where Self.isQueueName(name) {
            let isNamed = name != "input"
            let folder = isNamed ? spool.appending(name).appending("input") : spool.appending(name)
            let parts: [String]
            do { parts = try read(folder, queue: isNamed ? name : nil, &messages, &wait) } catch {
                if isNamed { continue }
                throw error
            }
            for part in parts { _ = try? read(folder.appending(part), queue: isNamed ? name : nil, &messages, &wait) }
        }
        return messages
    }

    /// Reads the messages of one folder. Returns the names of the folders by which `split_spool_directory` parts it: one letter of the
    /// messages' names. There are none below those.
    private func read(
        _ path: FilePath, queue: String?, _ messages: inout Messages, _ wait: inout SlowWait
    ) throws(SystemError) -> [String] {
        let folder = try Folder(path)
        let (names, leftOver) = try folder.names(atMost: Self.mostNames)
        messages.isCut = messages.isCut || leftOver > 0
        for name in names {
            wait.look()
            if wait.waited >= patience {
                messages.isCut = true
                break
            }
            let id = name.dropLast(Self.headerSuffix.count)
            guard name.hasSuffix(Self.headerSuffix), QueuedMessage.isName(id) else { continue }
            do {
                let bytes = try folder.contents(of: name, limit: Self.mostBytes)
                if let message = QueuedMessage(id: String(id), queue: queue, envelope: bytes) {
                    messages.read.append(message)
                } else {
                    messages.unread += 1
                }
            } catch { messages.unread += error.isMissing ? 0 : 1 }
        }
        return names.filter { $0.utf8.count == 1 && $0.utf8.allSatisfy(\.isLetterOrDigit) }
    }

    /// A folder of the spool that may hold a queue, and whose name Exim takes as an argument.
    private static func isQueueName(_ name: String) -> Bool {
        name.utf8.first?.isLetterOrDigit ?? false
            && name.utf8.allSatisfy { $0.isLetterOrDigit || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0) }
    }
}

extension EximProgram {
    /// The queue in its spool.
    func mailQueue(_ settings: DaemonSettings) throws(EximError) -> MailQueue {
        guard let spool = settings.spool else { throw .cannotRun("exim does not say where its spool is") }
        return MailQueue(spool: spool, progress: progress)
    }

    /// Asks Exim to freeze messages: then no queue run delivers them. What it did is seen in its queue.
    func freeze(_ messages: [QueuedMessage]) throws(EximError) {
        for (queue, members) in Dictionary(grouping: messages, by: \.queue) {
            var rest = members.map(\.id)[...]
            while !rest.isEmpty {
                // The kernel takes many more bytes of arguments.
                _ = try run(Program(binary, options + (queue.map { ["-qG\($0)"] } ?? []) + ["-Mf"] + rest.prefix(1_000)))
                rest = rest.dropFirst(1_000)
            }
        }
    }
}

extension LocalExim {
    /// The messages that came with one of `certificates` and wait; with `freezing`, after Exim was asked to freeze them.
    package func waitingMail(from certificates: Set<Fingerprint>, freezing: Bool) throws(EximError) -> MailQueue.Messages {
        var all = MailQueue.Messages()
        var seen: Set<FilePath> = []
        for program in programs {
            let queue = try program.mailQueue(try program.daemonSettings())
            guard seen.insert(ResolvedPath(orAsWritten: queue.spool).filePath).inserted else { continue }
            func theirs() throws(EximError) -> MailQueue.Messages {
                do throws(SystemError) {
                    var messages = try queue.messages()
                    messages.read.removeAll { message in !(message.certificate.map(certificates.contains) ?? false) }
                    return messages
                } catch { throw .cannotRun(error.description) }
            }
            var found = try theirs()
            let loose = found.read.filter { !$0.isFrozen }
            if freezing, !loose.isEmpty {
                try program.freeze(loose)
                found = try theirs()
            }
            all.read += found.read
            all.unread += found.unread
            all.isCut = all.isCut || found.isCut
        }
        return all
    }
}
