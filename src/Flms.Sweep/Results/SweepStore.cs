using System.Text.Json;
using Flms.Sweep.Plans;
using Flms.Sweep.Points;
using Microsoft.Data.Sqlite;

namespace Flms.Sweep.Results;

/// <summary>A file of results: the plan, and what its points measured. SQLite, so that any tool can read it.</summary>
/// <remarks>
/// <para>Results are kept by the hash of their content, not by their place in a plan: a plan that changes keeps what
/// it shares with the old one, a point that is run twice is kept once, and files from many machines can be put
/// together in any order.</para>
/// <para>Each result is one transaction with a write-ahead log: after a kill -9 it is there whole or not at all. The
/// log is folded into the file at the end, so that a finished sweep is one plain file. Threads may share an object:
/// reading and writing take turns.</para>
/// </remarks>
public sealed partial class SweepStore : IResults, IDisposable
{
    /// <summary>What SQLite shows as the kind of the file: "flms" in ASCII.</summary>
    private const int ApplicationId = 0x666C6D73;

    private const int Format = 1;
    private const int BusySeconds = 30;
    private const int LeastBytes = 512;

    private const string Schema = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE variant(variant INTEGER PRIMARY KEY, scheduler TEXT NOT NULL, options TEXT NOT NULL,
          axes TEXT NOT NULL);
        CREATE TABLE point(point INTEGER PRIMARY KEY, variant INTEGER NOT NULL, replication INTEGER NOT NULL,
          seed INTEGER NOT NULL, hash TEXT NOT NULL);
        CREATE TABLE measure(measure INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, distribution INTEGER NOT NULL);
        CREATE TABLE result(result INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, events INTEGER NOT NULL);
        CREATE TABLE figure(result INTEGER NOT NULL, place INTEGER NOT NULL, measure INTEGER NOT NULL, mean REAL,
          p50 REAL, p90 REAL, p99 REAL, max REAL, n INTEGER NOT NULL, PRIMARY KEY(result, place)) WITHOUT ROWID;
        CREATE TABLE fault(hash TEXT PRIMARY KEY, policy INTEGER NOT NULL, message TEXT NOT NULL) WITHOUT ROWID;
        CREATE VIEW figures AS SELECT point.point, variant.scheduler, variant.options, variant.axes,
          point.replication, point.seed, measure.name AS measure, mean, p50, p90, p99, max, n
          FROM point JOIN variant USING (variant) JOIN result USING (hash) JOIN figure USING (result)
          JOIN measure USING (measure);
        """;

    private readonly SqliteConnection _connection;
    private readonly Lock _turn = new();
    private readonly Dictionary<string, long> _measures = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (string Name, bool Distribution)> _names = [];
    private readonly bool _writes;
    private SqliteCommand? _addResult;
    private SqliteCommand? _addFigure;
    private SqliteCommand? _find;
    private SqliteCommand? _figures;
    private bool _walEnds = true;

    static SweepStore() => SQLitePCL.Batteries_V2.Init();

    private enum Way
    {
        Write,
        Read,
        ReadUnchanging,
    }

    private SweepStore(string file, SqliteConnection connection, bool writes) =>
        (File, _connection, _writes) = (file, connection, writes);

    /// <summary>The file, as the user named it.</summary>
    public string File { get; }

    /// <summary>Opens a file to run a plan into; makes it if there is none.</summary>
    /// <param name="file">As the user named it.</param>
    /// <param name="plan">It takes the place of the plan that the file has, if that is another.</param>
    /// <exception cref="StoreFault">It cannot be written, or is something else.</exception>
    public static SweepStore OpenToWrite(string file, PlanTable plan) => Open(file, Way.Write, store =>
    {
        store.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
        using var whole = store._connection.BeginTransaction();
        if (store.Number("PRAGMA application_id") == 0)
        {
            store.Execute(Schema);
            store.Execute($"PRAGMA application_id={ApplicationId}; PRAGMA user_version={Format}");
        }
        if (store.Meta("plan") != plan.MakeId() || store.Meta("table") != store.TableJson(plan)) store.Put(plan);
        whole.Commit();
    });

    /// <summary>Opens a file to read.</summary>
    /// <param name="file">As the user named it.</param>
    /// <exception cref="StoreFault">It cannot be read, or is something else.</exception>
    public static SweepStore OpenToRead(string file)
    {
        if (!System.IO.File.Exists(file)) throw new StoreFault($"{file}: there is no such file; check the path", false);
        return Open(file, Way.Read, _ => { });
    }

    /// <summary>Puts another plan in place of the one that the file has; results stay.</summary>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    public void Replan(PlanTable plan) => InTurn(() =>
    {
        using var whole = _connection.BeginTransaction();
        Put(plan);
        whole.Commit();
        return true;
    });

    /// <summary>The plan that the file was last run with.</summary>
    /// <exception cref="StoreFault">The file is damaged.</exception>
    public PlanTable ReadPlan() => InTurn(() =>
    {
        using var header = JsonDocument.Parse(Meta("table")
            ?? throw new StoreFault($"{File}: it holds results without a plan; name the folder that it is in", false));
        var variants = Rows("SELECT scheduler, options, axes FROM variant ORDER BY variant",
            r => new VariantRow(r.GetString(0), r.GetString(1), Texts(r.GetString(2))));
        var points = Rows("SELECT point, variant, replication, seed, hash FROM point ORDER BY point",
            r => new PlanPoint(r.GetInt32(0), r.GetInt32(1), r.GetInt32(2), r.GetInt32(3), r.GetString(4)));
        string Header(string name) => header.RootElement.GetProperty(name).GetString()!;
        List<string> Headers(string name) =>
            [.. header.RootElement.GetProperty(name).EnumerateArray().Select(a => a.GetString()!)];
        return new PlanTable
        {
            Name = Header("name"),
            Summary = Header("summary"),
            Version = Header("version"),
            Axes = Headers("axes"),
            SettingAxes = Headers("settings"),
            Objectives = new(Header("latency"), Header("throughput"), Header("fairness")),
            Variants = variants,
            Points = points,
        };
    });

    /// <summary>The hashes of all results, those of other plans among them.</summary>
    /// <exception cref="StoreFault">The file is damaged.</exception>
    public HashSet<string> Done() =>
        InTurn(() => Rows("SELECT hash FROM result", r => r.GetString(0)).ToHashSet(StringComparer.Ordinal));

    /// <summary>Points whose run failed, by hash: what happened, and whether the policy broke the contract.</summary>
    public Dictionary<string, (bool Policy, string Message)> Faults() => InTurn(() =>
        Rows("SELECT hash, policy, message FROM fault", r => (r.GetString(0), r.GetInt32(1) != 0, r.GetString(2)))
            .ToDictionary(f => f.Item1, f => (f.Item2, f.Item3), StringComparer.Ordinal));

    /// <summary>Keeps a result, at once and for good. One that is there already stays as it is.</summary>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    public void Add(PointResult result) => AddAll([result]);

    /// <summary>Keeps several results, all of them or none.</summary>
    /// <exception cref="StoreFault">They cannot be written.</exception>
    public void AddAll(IReadOnlyList<PointResult> results) => InTurn(() =>
    {
        using var whole = _connection.BeginTransaction();
        foreach (var result in results) Insert(result, whole);
        whole.Commit();
        return true;
    });

    /// <inheritdoc/>
    public void AddFault(string hash, bool policy, string message) => InTurn(() =>
    {
        using var command = Command("INSERT OR REPLACE INTO fault VALUES ($1, $2, $3)", hash, policy ? 1 : 0, message);
        return command.ExecuteNonQuery();
    });

    /// <summary>The result of that content; null if there is none.</summary>
    public PointResult? Read(string hash) => InTurn(() =>
    {
        _find ??= Prepared("SELECT result, events FROM result WHERE hash = $1", 1);
        _figures ??= Prepared(
            "SELECT measure, mean, p50, p90, p99, max, n FROM figure WHERE result = $1 ORDER BY place", 1);
        _find.Parameters[0].Value = hash;
        long id, events;
        using (var found = _find.ExecuteReader())
        {
            if (!found.Read()) return null;
            (id, events) = (found.GetInt64(0), found.GetInt64(1));
        }
        _figures.Parameters[0].Value = id;
        var figures = new List<PointFigure>();
        using var reader = _figures.ExecuteReader();
        while (reader.Read())
        {
            var (name, distribution) = NameOf(reader.GetInt64(0));
            figures.Add(new(name, distribution, Real(reader, 1), Real(reader, 2), Real(reader, 3), Real(reader, 4),
                Real(reader, 5), reader.GetInt64(6)));
        }
        return new PointResult(hash, events, figures);
    });

    /// <summary>Closes the file; one that was written becomes one plain file again.</summary>
    public void Dispose()
    {
        foreach (var command in (SqliteCommand?[])[_addResult, _addFigure, _find, _figures]) command?.Dispose();
        try
        {
            // While another program reads it, the log stays, and is folded in by whoever closes it last.
            if (_writes && _walEnds) Execute("PRAGMA busy_timeout=100; PRAGMA journal_mode=DELETE");
        }
        catch (SqliteException)
        {
            // What is in the log is as safe there.
        }
        _connection.Dispose();
    }

    private static SweepStore Open(string file, Way way, Action<SweepStore> prepare)
    {
        var writes = way == Way.Write;
        if (Directory.Exists(file)) throw new StoreFault($"{file} is a directory; name a file in it", writes);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (writes && !Directory.Exists(folder))
            throw new StoreFault($"{file}: its directory does not exist; make it first", true);
        // The library takes a file of a few bytes for an empty one, and would write over it.
        if (new FileInfo(file) is { Exists: true, Length: > 0 and < LeastBytes }) throw StoreFault.Foreign(file);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = way != Way.ReadUnchanging ? file
                : $"{new Uri(Path.GetFullPath(file)).AbsoluteUri}?immutable=1",
            Mode = writes ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadOnly,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        }.ToString());
        var store = new SweepStore(file, connection, writes);
        try
        {
            connection.Open();
            store.Check(writes);
            prepare(store);
            return store;
        }
        catch (SqliteException e)
        {
            store._walEnds = false;
            store.Dispose();
            throw StoreFault.Of(file, e, writes);
        }
        catch
        {
            store._walEnds = false;
            store.Dispose();
            throw;
        }
    }

    // An empty file is one that was begun and killed, or made by a user's touch.
    private void Check(bool writes)
    {
        var id = Number("PRAGMA application_id");
        var empty = Number("SELECT count(*) FROM sqlite_master") == 0;
        if (id == ApplicationId && !empty)
        {
            var format = Number("PRAGMA user_version");
            if (format != Format)
                throw new StoreFault($"{File} has format {format}, this flms reads {Format}; run the sweep anew into "
                    + "another file", false);
            return;
        }
        if (!writes || id != 0 || !empty) throw StoreFault.Foreign(File);
    }

    private T InTurn<T>(Func<T> work)
    {
        lock (_turn)
        {
            try
            {
                return work();
            }
            catch (SqliteException e)
            {
                // What the transaction had numbered is undone with it.
                _measures.Clear();
                throw StoreFault.Of(File, e, _writes);
            }
            catch (Exception e) when (e is InvalidCastException or JsonException or KeyNotFoundException)
            {
                throw new StoreFault($"{File}: the file is damaged: {e.Message}", false);
            }
        }
    }

    private void Insert(PointResult result, SqliteTransaction whole)
    {
        _addResult ??= Prepared(
            "INSERT INTO result(hash, events) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING result", 2);
        _addFigure ??= Prepared("INSERT INTO figure VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", 9);
        _addResult.Transaction = _addFigure.Transaction = whole;
        _addResult.Parameters[0].Value = result.Hash;
        _addResult.Parameters[1].Value = result.Events;
        if (_addResult.ExecuteScalar() is not long id) return;
        var p = _addFigure.Parameters;
        for (var i = 0; i < result.Figures.Count; i++)
        {
            var f = result.Figures[i];
            (p[0].Value, p[1].Value, p[2].Value) = (id, i, MeasureId(f));
            (p[3].Value, p[4].Value, p[5].Value) = (Real(f.Mean), Real(f.P50), Real(f.P90));
            (p[6].Value, p[7].Value, p[8].Value) = (Real(f.P99), Real(f.Max), f.N);
            _addFigure.ExecuteNonQuery();
        }
        using var healed = Command("DELETE FROM fault WHERE hash = $1", result.Hash);
        healed.ExecuteNonQuery();
    }

    private long MeasureId(PointFigure figure)
    {
        if (_measures.TryGetValue(figure.Measure, out var id)) return id;
        using (var add = Command("INSERT INTO measure(name, distribution) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            figure.Measure, figure.IsDistribution ? 1 : 0)) add.ExecuteNonQuery();
        using var find = Command("SELECT measure FROM measure WHERE name = $1", figure.Measure);
        return _measures[figure.Measure] = (long)find.ExecuteScalar()!;
    }

    private (string Name, bool Distribution) NameOf(long measure)
    {
        if (_names.TryGetValue(measure, out var found)) return found;
        foreach (var (id, name, distribution) in Rows("SELECT measure, name, distribution FROM measure",
            r => (r.GetInt64(0), r.GetString(1), r.GetInt32(2) != 0))) _names[id] = (name, distribution);
        return _names[measure];
    }

    private void Put(PlanTable plan)
    {
        Execute("DELETE FROM variant; DELETE FROM point");
        for (var v = 0; v < plan.Variants.Count; v++)
        {
            var row = plan.Variants[v];
            using var add = Command("INSERT INTO variant VALUES ($1, $2, $3, $4)", v, row.Scheduler, row.Options,
                JsonSerializer.Serialize(row.Values));
            add.ExecuteNonQuery();
        }
        using (var add = Prepared("INSERT INTO point VALUES ($1, $2, $3, $4, $5)", 5))
            foreach (var point in plan.Points)
            {
                var p = add.Parameters;
                (p[0].Value, p[1].Value, p[2].Value) = (point.Number, point.Variant, point.Replication);
                (p[3].Value, p[4].Value) = (point.Seed, point.Hash);
                add.ExecuteNonQuery();
            }
        foreach (var (key, value) in (ReadOnlySpan<(string, string)>)
            [("plan", plan.MakeId()), ("table", TableJson(plan))])
        {
            using var put = Command("INSERT OR REPLACE INTO meta VALUES ($1, $2)", key, value);
            put.ExecuteNonQuery();
        }
    }

    private string TableJson(PlanTable plan) => JsonSerializer.Serialize(new
    {
        name = plan.Name,
        summary = plan.Summary,
        version = plan.Version,
        axes = plan.Axes,
        settings = plan.SettingAxes,
        latency = plan.Objectives.Latency,
        throughput = plan.Objectives.Throughput,
        fairness = plan.Objectives.Fairness,
    });

    private string? Meta(string key)
    {
        using var command = Command("SELECT value FROM meta WHERE key = $1", key);
        return command.ExecuteScalar() as string;
    }

    private long Number(string sql)
    {
        using var command = Command(sql);
        return (long)command.ExecuteScalar()!;
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var command = Command(sql);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
        return command;
    }

    private SqliteCommand Prepared(string sql, int parameters)
    {
        var command = Command(sql);
        for (var i = 1; i <= parameters; i++) command.Parameters.Add(new($"${i}", null));
        return command;
    }

    private static List<string> Texts(string json) => JsonSerializer.Deserialize<List<string>>(json)!;

    private static object Real(double? value) => value is { } v ? v : DBNull.Value;

    private static double? Real(SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetDouble(column);
}
