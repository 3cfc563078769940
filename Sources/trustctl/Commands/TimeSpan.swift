import ArgumentParser
import TrustCore

/// A length of time as it is typed: `90s`, `30m`, `12h`, `7d`, `2w`.
struct TimeSpan: Equatable, ExpressibleByArgument, CustomStringConvertible {
    let seconds: Int64

    init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Decimal.number(Array(argument.dropLast().utf8)),
            (0...100_000).contains(count)
        else { return nil }
        seconds = Int64(count) * unit
    }

    var description: String {
        for (name, unit) in [("d", 86_400), ("h", 3_600), ("m", 60)] as [(String, Int64)] where seconds % unit == 0 {
            return "\(seconds / unit)\(name)"
        }
        return "\(seconds)s"
    }

    var defaultValueDescription: String { description }
}
