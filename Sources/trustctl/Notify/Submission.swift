import EximControl
import Glibc
import Host
import TrustCore

/// Hands a mail to an Exim of this host. Only its 250 after the message counts; whatever else happens, the mail is not told.
struct Submission {
    /// Where that Exim listens; the first that greets is taken.
    let servers: [SocketAddress]
    /// For all of it: a server may examine the message for long.
    let patience: Duration

    /// Who has taken it, and his answer, safe to print. Throws `.refused` when Exim will never take it, and `.notReloaded` when it may later.
    func send(_ mail: Mail) throws(Failure) -> String {
        var failure: Failure?
        for server in servers {
            guard let descriptor = server.connect() else {
                failure = failure ?? Failure("exim cannot be reached at \(server)", .notReloaded, hint: Self.hint)
                continue
            }
            defer { close(descriptor) }
            var dialogue = SMTPDialogue(over: descriptor, until: Clock.monotonic + patience)
            let greeting: SMTPReply
            do throws(SMTPError) { greeting = try dialogue.say() } catch {
                failure = failure ?? Failure("exim cannot be reached at \(server): \(error)", .notReloaded, hint: Self.hint)
                continue
            }
            let answer: Answer
            do throws(SMTPError) { answer = try say(mail, after: greeting, server, to: &dialogue) } catch {
                throw Failure("exim at \(server) has not taken the mail: \(error)", .notReloaded, hint: Self.hint)
            }
            return try end(answer, server, &dialogue)
        }
        throw failure ?? Failure("exim cannot be reached: nothing listens", .notReloaded, hint: Self.hint)
    }

    private static let hint = "nothing is lost: the next run tells it; `systemctl status exim4`"

    private struct Answer {
        let step: String
        let reply: SMTPReply
        let isWanted: Bool
    }

    private func end(_ answer: Answer, _ server: SocketAddress, _ dialogue: inout SMTPDialogue) throws(Failure) -> String {
        dialogue.leave()
        guard !answer.isWanted else { return "exim at \(server): \(answer.reply.words)" }
        let what = "exim at \(server) does not take the mail: after \(answer.step) it said \(answer.reply.words)"
        guard answer.reply.isTemporary else {
            throw Failure(what, .refused, hint: "nothing is lost; `trustctl notify --test` shows when notify_to and exim's rules agree")
        }
        throw Failure(what, .notReloaded, hint: Self.hint)
    }

    /// The dialogue until the message is taken, or an answer is not the wanted one.
    private func say(
        _ mail: Mail, after greeting: SMTPReply, _ server: SocketAddress, to dialogue: inout SMTPDialogue
    ) throws(SMTPError) -> Answer {
        guard greeting.code == 220 else { return Answer(step: "connecting", reply: greeting, isWanted: false) }
        // The sender is empty: what cannot be delivered comes back to nobody, and no auto-reply answers it (RFC 3834).
        for command in ["EHLO \(server.literal)", "MAIL FROM:<>", "RCPT TO:<\(mail.to)>"] {
            let reply = try dialogue.say(command)
            guard reply.isPositive else { return Answer(step: "\(command.prefix(4))", reply: reply, isWanted: false) }
        }
        let ready = try dialogue.say("DATA")
        guard ready.code == 354 else { return Answer(step: "DATA", reply: ready, isWanted: false) }
        let taken = try dialogue.say(message: mail.lines)
        return Answer(step: "the message", reply: taken, isWanted: taken.code == 250)
    }
}
