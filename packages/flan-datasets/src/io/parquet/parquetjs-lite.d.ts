declare module 'parquetjs-lite' {
  export interface ParquetField {
    readonly type?: 'UTF8' | 'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE';
    readonly optional?: boolean;
    readonly repeated?: boolean;
    readonly compression?: 'UNCOMPRESSED' | 'GZIP' | 'SNAPPY';
    readonly fields?: Readonly<Record<string, ParquetField>>;
  }
  export class ParquetSchema {
    constructor(fields: Readonly<Record<string, ParquetField>>);
  }
  export class ParquetWriter {
    static openStream(
      schema: ParquetSchema,
      stream: import('node:stream').Writable,
      options?: object,
    ): Promise<ParquetWriter>;
    static openFile(schema: ParquetSchema, path: string, options?: object): Promise<ParquetWriter>;
    appendRow(row: object): Promise<void>;
    setMetadata(key: string, value: string): void;
    close(): Promise<void>;
  }
  export class ParquetReader {
    static openBuffer(buffer: Buffer): Promise<ParquetReader>;
    getCursor(): { next(): Promise<object | null> };
    close(): Promise<void>;
  }
  const parquet: {
    ParquetSchema: typeof ParquetSchema;
    ParquetWriter: typeof ParquetWriter;
    ParquetReader: typeof ParquetReader;
  };
  export default parquet;
}
