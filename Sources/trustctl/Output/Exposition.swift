/// Numbers for a monitoring system, in the text of OpenMetrics 1.0 or in the older one of Prometheus (0.0.4), which node_exporter's textfile
/// collector and promtool read. The two differ in how a counter is declared, and in the last line.
struct Exposition {
    enum Format { case openMetrics, prometheus }

    private let format: Format
    private var lines: [String] = []

    init(_ format: Format) { self.format = format }

    enum Kind { case gauge, counter }

    /// One metric with its samples; none, when there are no samples. A counter's `name` is without `_total`.
    ///
    /// The attack: a label with a stranger's text breaks a parser or floods a database. Values of labels are words of ours only.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        guard !samples.isEmpty else { return }
        let sample = kind == .counter ? name + "_total" : name
        let family = format == .prometheus ? sample : name
        lines.append("# HELP \(family) \(help)")
        lines.append("# TYPE \(family) \(kind == .counter ? "counter" : "gauge")")
        for one in samples {
            let labels = one.labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
            lines.append("\(sample)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.text(one.value))")
        }
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: (some BinaryInteger)?) {
        if let value { add(name, kind, help, [([], Double(value))]) }
    }

    var text: String { lines.map { $0 + "\n" }.joined() + (format == .openMetrics ? "# EOF\n" : "") }

    /// Whole numbers without a fraction; seconds and counts stay far below 2⁵³.
    private static func text(_ value: Double) -> String {
        value.rounded() == value && value.magnitude < 9e15 ? String(Int64(value)) : String(value)
    }
}
