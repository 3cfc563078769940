import EximControl
import Host
import TrustCore

/// The mail in Exim's queue that came with certificates which lose trust: Exim has accepted it, and delivers it.
struct WaitingMail {
    let local: LocalTrust

    /// How many messages go on when trust is taken from `certificates`; nothing when there are none.
    func waiting(from certificates: [Fingerprint], isRevoke: Bool) -> [String] {
        notes(of: certificates, freezing: false) { messages in
            let loose = messages.read.filter { !$0.isFrozen }
            if loose.isEmpty { return [] }
            let (verb, object) = loose.count == 1 ? ("waits", "it") : ("wait", "them")
            let command = isRevoke ? "--hold" : "trustctl revoke \(certificates.map(\.description).joined(separator: " ")) --hold"
            return ["\(Self.count(loose)) \(verb) in Exim's queue, and Exim will deliver \(object): \(command) freezes \(object)"]
        }
    }

    /// Has Exim freeze their messages, and says what came of it.
    func held(from certificates: [Fingerprint]) -> [String] {
        notes(of: certificates, freezing: true) { messages in
            let loose = messages.read.filter { !$0.isFrozen }
            if messages.read.isEmpty { return ["no message from the certificate waits in Exim's queue"] }
            return Self.frozenText(messages)
                + (loose.isEmpty ? [] : ["\(Self.count(loose)) could not be frozen, because Exim is delivering: \(Self.list(loose))"])
        }
    }

    /// Their messages that are frozen, by whomever.
    func frozen(from certificates: [Fingerprint]) -> [String] { notes(of: certificates, freezing: false, Self.frozenText) }

    private func notes(
        of certificates: [Fingerprint], freezing: Bool, _ text: (MailQueue.Messages) -> [String]
    ) -> [String] {
        if certificates.isEmpty { return [] }
        do throws(EximError) {
            let messages = try local.exim().waitingMail(from: Set(certificates), freezing: freezing)
            let unread = messages.unread == 1 ? "1 message" : "\(messages.unread) messages"
            return text(messages) + (messages.unread == 0 ? [] : ["cannot tell from whom \(unread) in Exim's queue came"])
                + (messages.isCut ? ["there is more in Exim's queue than could be read: of the rest nothing can be told"] : [])
        } catch {
            let reason = "cannot tell how many messages from the certificate wait in Exim's queue: \(Failure(error).reason)"
            return [reason] + (freezing ? ["none was frozen"] : [])
        }
    }

    private static func frozenText(_ messages: MailQueue.Messages) -> [String] {
        let frozen = messages.read.filter(\.isFrozen)
        if frozen.isEmpty { return [] }
        let (verb, object) = frozen.count == 1 ? ("is", "it") : ("are", "them")
        return ["\(count(frozen)) \(verb) frozen in Exim's queue; exim -Mt lets \(object) go: \(list(frozen))"]
    }

    private static func count(_ messages: [QueuedMessage]) -> String {
        (messages.count == 1 ? "1 message" : "\(messages.count) messages") + " from the certificate"
    }

    /// A message in a queue that has a name is found only with that name.
    private static func list(_ messages: [QueuedMessage]) -> String {
        let most = 20
        let names = messages.map { message in message.id + (message.queue.map { " (-qG\($0))" } ?? "") }.sorted()
        return names.prefix(most).joined(separator: " ") + (names.count > most ? " and \(names.count - most) more" : "")
    }
}
