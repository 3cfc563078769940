/// The links by which OpenSSL finds a certificate in a directory: `<subject hash>.0`, `.1`, … OpenSSL tries the numbers in turn and stops at
/// the first one that is missing (crypto/x509/by_dir.c, `get_cert_by_subject_ex`), so there must never be a gap before a link.
///
/// Not c_rehash, which passes file names to a shell (CVE-2022-1292).
package enum HashLinks {
    package enum Step: Equatable {
        case link(name: String, target: String)
        case remove(name: String)
    }

    /// The steps, in order, after which `target` has a link of `hash` among `names` (a folder's names with the targets of its links).
    package static func adding(_ target: String, hash: String, to names: [String: String?]) -> [Step] {
        let (links, steps) = tidy(hash, names)
        if links.contains(where: { $0.target == target }) { return steps }
        let free = (0...links.count).first { number in !links.contains { $0.number == number } } ?? links.count
        return steps + [.link(name: name(hash, free), target: target)]
    }

    /// The steps after which no link of `hash` leads to `target`. The last link is made at the free number before it is removed from its own,
    /// so that OpenSSL finds every other certificate at any moment.
    package static func removing(_ target: String, hash: String, from names: [String: String?]) -> [Step] {
        var (left, steps) = tidy(hash, names)
        while let index = left.lastIndex(where: { $0.target == target }) {
            let gap = left.remove(at: index).number
            guard let last = left.last, last.number > gap else {
                steps.append(.remove(name: name(hash, gap)))
                continue
            }
            // A file that is not a link cannot move; a link to it closes the gap as well.
            steps.append(.link(name: name(hash, gap), target: last.target ?? name(hash, last.number)))
            left.insert((gap, last.target ?? name(hash, last.number)), at: index)
            if last.target != nil {
                steps.append(.remove(name: name(hash, last.number)))
                left.removeLast()
            }
        }
        return steps
    }

    private typealias Link = (number: Int, target: String?)

    /// The links of `hash` in order, without duplicates at the end that an interrupted move left behind.
    private static func tidy(_ hash: String, _ names: [String: String?]) -> ([Link], [Step]) {
        var links: [Link] = numbers(of: hash, in: names).map { ($0, names[name(hash, $0)] ?? nil) }
        var steps: [Step] = []
        while let last = links.last, let target = last.target, links.dropLast().contains(where: { $0.target == target }) {
            steps.append(.remove(name: name(hash, last.number)))
            links.removeLast()
        }
        return (links, steps)
    }

    private static func name(_ hash: String, _ number: Int) -> String { "\(hash).\(number)" }

    private static func numbers(of hash: String, in names: [String: String?]) -> [Int] {
        names.keys.compactMap { name in
            guard name.hasPrefix(hash + "."), let number = Int(name.dropFirst(hash.count + 1)), name == "\(hash).\(number)" else {
                return nil
            }
            return number
        }.sorted()
    }
}
