import TrustCore

/// `{"version":1,"following":true,…,"logs":[…]}`
struct StatusDocument: Encodable {
    let following: Following
    let isFollowing: Bool

    enum CodingKeys: String, CodingKey {
        case version, following, since, updated, pending, refused, logs
        case process = "pid"
        case lastError = "last_error"
    }

    func encode(to encoder: any Encoder) throws {
        let status = following.status
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(1, forKey: .version)
        try fields.encode(isFollowing, forKey: .following)
        try fields.encode(following.isAlive ? status?.process : nil, forKey: .process)
        try fields.encode(status?.since.description, forKey: .since)
        try fields.encode(status?.updated.description, forKey: .updated)
        try fields.encode(status?.pending, forKey: .pending)
        try fields.encode(status?.refused, forKey: .refused)
        try fields.encode(status?.lastError.map { MishapFields(time: $0.time.description, text: $0.text) }, forKey: .lastError)
        try fields.encode(status?.logs.map { LogFields(log: $0, lag: following.lag(of: $0)) }, forKey: .logs)
    }

    private struct MishapFields: Encodable {
        let time: String
        let text: String
    }

    private struct LogFields: Encodable {
        let log: FollowerStatus.Log
        let lag: Following.Lag?

        enum CodingKeys: String, CodingKey {
            case log, file, offset, lines, sightings, rotations, truncations, gaps, trouble
            case lagBytes = "lag_bytes"
            case lagSeconds = "lag_seconds"
            case linesLost = "lines_lost"
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(log.name, forKey: .log)
            try fields.encode(log.file, forKey: .file)
            try fields.encode(log.file == nil ? nil : log.offset, forKey: .offset)
            try fields.encode(lag?.bytes, forKey: .lagBytes)
            try fields.encode(lag?.seconds, forKey: .lagSeconds)
            try fields.encode(log.counts.lines, forKey: .lines)
            try fields.encode(log.counts.sightings, forKey: .sightings)
            try fields.encode(log.counts.rotations, forKey: .rotations)
            try fields.encode(log.counts.truncations, forKey: .truncations)
            try fields.encode(log.counts.lost, forKey: .linesLost)
            try fields.encode(log.counts.gaps, forKey: .gaps)
            try fields.encode(log.trouble, forKey: .trouble)
        }
    }
}
