import EximControl
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// One run: looks what is new, and has Exim take a mail about it when one is due.
struct NotifyRun {
    let local: LocalTrust
    let to: MailAddress
    /// Where Exim listens; nil: where root sees it listen, else on port 25 of loopback.
    let server: SocketAddress?
    let patience: Duration

    private var configuration: Configuration { local.configuration }

    enum Outcome {
        case nothingNew
        /// So many news wait until then.
        case notDue(Int, Timestamp)
        /// So many were told, and what Exim answered.
        case told(Int, String)
    }

    func run() throws(Failure) -> Outcome {
        let file = try ToldFile.opened(in: configuration.notified)
        let told = try file.read()
        let facts = NotifyFacts(local, told)
        let tidings = facts.tidings
        let news = told.news(among: tidings)
        let due = told.due(news, facts, every: configuration.notifyEvery)
        guard !news.isEmpty, due <= facts.now else {
            // What is over is forgotten, so that it is news when it comes back.
            let next = told.pruned(to: tidings, facts)
            if next != told {
                try file.prepare(next)
                try file.commit()
            }
            return news.isEmpty ? .nothingNew : .notDue(news.count, due)
        }
        try file.prepare(told.telling(tidings, news, facts, every: configuration.notifyEvery))
        let answer = try send(mail(news, facts))
        do throws(Failure) { try file.commit() } catch {
            throw error.adding(["exim has taken the mail, but that cannot be kept: the same is told again"])
        }
        return .told(news.count, answer)
    }

    /// What the next mail would be; nil when nothing is new. Changes nothing, and does not ask whether one is due.
    func next() throws(Failure) -> (mail: Mail, due: Timestamp)? {
        let told = try ToldFile.read(in: configuration.notified) ?? Told()
        let facts = NotifyFacts(local, told)
        let news = told.news(among: facts.tidings)
        guard !news.isEmpty else { return nil }
        return (mail(news, facts), told.due(news, facts, every: configuration.notifyEvery))
    }

    /// Sends a mail that says nothing, and returns what Exim answered.
    func test() throws(Failure) -> String {
        let text = [
            "This is a test of `trustctl notify` on \(NotifyFacts.hostName), made \(Timestamp.now).",
            "Nothing is wrong, and there is nothing to do.",
        ]
        return try send(mail("trustd: test", text, .now))
    }

    private func mail(_ news: [Tiding], _ facts: NotifyFacts) -> Mail {
        let digest = Digest(news, facts, settings: local.file.string)
        return mail(digest.subject, digest.lines, facts.now)
    }

    private func mail(_ subject: String, _ text: [String], _ now: Timestamp) -> Mail {
        Mail(from: configuration.notifyFrom ?? Self.sender ?? to, to: to, subject: subject, date: now, text: text)
    }

    /// trustd at the name with which this host's Exim qualifies addresses (Debian's /etc/mailname), else at the host's name.
    private static var sender: MailAddress? {
        let named = try? LocalFileSystem(limit: 1_024).contents(of: "/etc/mailname")
        let name = named.flatMap { $0 }.map { String(String(decoding: $0, as: UTF8.self).trimmed) }
        return [name, NotifyFacts.hostName].compactMap { $0 }.lazy.compactMap { MailAddress("trustd@\($0)") }.first
    }

    private func send(_ mail: Mail) throws(Failure) -> String {
        try Submission(servers: server.map { [$0] } ?? servers, patience: patience).send(mail)
    }

    /// The timer's user cannot ask Exim where it listens: its unit lets no program change users.
    private var servers: [SocketAddress] {
        var found: [SocketAddress] = []
        if geteuid() == 0 {
            // What Exim does not answer is no reason: its usual sockets are tried.
            do throws(EximError) { found = try local.exim().sockets(configuration) } catch { local.progress.say("\(error)") }
        }
        return found.isEmpty ? ["127.0.0.1:25", "[::1]:25"].compactMap { SocketAddress($0) } : found
    }
}
