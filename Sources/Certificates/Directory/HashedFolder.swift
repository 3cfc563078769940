import Host
package import SystemPackage
package import TrustCore

/// A folder of certificates as a server with OpenSSL sees it: only through the links `<subject hash>.0`, `.1`, …, in this order, as far as
/// each of them leads to a certificate.
package struct HashedFolder {
    /// The names in it, each with the target of a link.
    private var names: [String: String?]
    /// The links among them, by their hashes: a folder may hold a hundred thousand.
    private var links: [Substring: [String: String?]] = [:]
    /// What a change would write into it.
    private var written: [String: [UInt8]] = [:]
    private let read: (String) -> [UInt8]?

    /// As it is on the disk; empty when it does not exist.
    package init(_ folder: FilePath) throws(SystemError) {
        self.init(try LocalFileSystem().names(in: folder)) { TrustDirectory.contents(of: $0, in: folder) }
    }

    /// `read` gives the bytes behind a name, through links; nil when there is nothing to read.
    init(_ names: [String: String?], read: @escaping (String) -> [UInt8]?) {
        self.names = names
        self.read = read
        for (name, target) in names {
            if let hash = HashLinks.hash(of: name) { links[hash, default: [:]][name] = .some(target) }
        }
    }

    /// Why a certificate that is in the folder is not found there.
    package enum Fault: Equatable, Sendable {
        /// No link leads to it.
        case noLink
        /// The link `name` does, but OpenSSL stops before it, at `stop`: that is missing, or leads to no certificate.
        case behind(name: String, stop: String, isMissing: Bool)
    }

    /// Nil: it is found.
    package func fault(of certificate: Certificate) -> Fault? {
        let hash = certificate.subjectHash
        func leads(_ name: String) -> Bool { contents(of: name).flatMap { try? Certificate.der(in: $0) } == certificate.der }
        let found = found(hash)
        if found.contains(where: leads) { return nil }
        let stop = HashLinks.name(hash, found.count)
        let beyond = HashLinks.numbers(of: hash, in: links[hash[...]] ?? [:]).filter { $0 > found.count }.map { HashLinks.name(hash, $0) }
        guard let name = beyond.first(where: leads) else { return .noLink }
        return .behind(name: name, stop: stop, isMissing: names[stop] == nil)
    }

    /// The links of `hash` that OpenSSL reads, in order.
    private func found(_ hash: String) -> [String] {
        var found: [String] = []
        while case let name = HashLinks.name(hash, found.count), contents(of: name).map(PEM.holdsCertificate) == true {
            found.append(name)
        }
        return found
    }

    /// The files that OpenSSL reads when it looks for a subject with this hash, in order.
    package func files(_ hash: String) -> [[UInt8]] { found(hash).compactMap { contents(of: $0) } }

    /// The bytes behind a name, through links.
    private func contents(of name: String) -> [UInt8]? {
        if let bytes = written[name] { return bytes }
        guard let target = names[name] else { return nil }
        guard let target, !target.contains("/") else { return read(name) }
        return written[target] ?? (names[target] == nil ? nil : read(target))
    }

    /// As it will be with this certificate in `file`, and the links that trustctl makes.
    package mutating func install(_ certificate: Certificate, as file: String) {
        names[file] = .some(nil)
        written[file] = PEM.certificate(certificate.der)
        let hash = certificate.subjectHash
        var mine = links[hash[...]] ?? [:]
        let broken: Set<String>
        do throws(SystemError) { broken = try HashLinks.broken(hash, in: mine) { contents(of: $0) } } catch { broken = [] }
        for step in HashLinks.adding(file, hash: hash, to: mine, broken: broken) {
            switch step {
            case .link(let name, let target):
                mine[name] = .some(target)
                names[name] = .some(target)
            case .remove(let name):
                mine[name] = nil
                names[name] = nil
            }
        }
        links[hash[...]] = mine
    }
}
