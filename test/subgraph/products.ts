import 'reflect-metadata';
import { DirectiveLocation, GraphQLDirective, specifiedDirectives } from 'graphql';
import { Arg, Directive, Field, FieldResolver, Float, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { buildSubgraph, type Subgraph } from '../../src/subgraph/build-subgraph.js';
import { ReferenceResolver, type Representation } from '../../src/subgraph/reference-resolver.js';

/** The products of Apollo's subgraph compatibility suite, as type-graphql classes. */
@ObjectType()
class ProductVariation {
  @Field(() => ID)
  id!: string;
}

@ObjectType()
@Directive('@shareable')
class ProductDimension {
  @Field(() => String, { nullable: true })
  size?: string;

  @Field(() => Float, { nullable: true })
  weight?: number;

  @Field(() => String, { nullable: true })
  @Directive('@inaccessible')
  unit?: string;
}

@ObjectType()
class CaseStudy {
  @Field(() => ID)
  caseNumber!: string;

  @Field(() => String, { nullable: true })
  description?: string;
}

@ObjectType()
@Directive('@key(fields: "study { caseNumber }")')
class ProductResearch {
  @Field(() => CaseStudy)
  study!: CaseStudy;

  @Field(() => String, { nullable: true })
  outcome?: string | null;
}

@ObjectType()
@Directive('@extends')
@Directive('@key(fields: "email")')
class User {
  @Field(() => ID)
  @Directive('@external')
  email!: string;

  @Field(() => String, { nullable: true })
  @Directive('@override(from: "users")')
  name?: string;

  @Field(() => Int, { nullable: true })
  @Directive('@external')
  totalProductsCreated?: number;

  @Field(() => Int)
  @Directive('@external')
  yearsOfEmployment!: number;
}

@ObjectType()
@Directive('@custom')
@Directive('@key(fields: "id")')
@Directive('@key(fields: "sku package")')
@Directive('@key(fields: "sku variation { id }")')
class Product {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true })
  sku?: string;

  @Field(() => String, { nullable: true })
  package?: string;

  @Field(() => ProductVariation, { nullable: true })
  variation?: ProductVariation;

  @Field(() => ProductDimension, { nullable: true })
  dimensions?: ProductDimension;

  @Field(() => User, { nullable: true })
  @Directive('@provides(fields: "totalProductsCreated")')
  createdBy?: User;

  @Field(() => String, { nullable: true })
  @Directive('@tag(name: "internal")')
  notes?: string;

  @Field(() => [ProductResearch])
  research!: ProductResearch[];
}

@ObjectType()
@Directive('@key(fields: "sku package")')
class DeprecatedProduct {
  @Field(() => String)
  sku!: string;

  @Field(() => String)
  package!: string;

  @Field(() => String, { nullable: true })
  reason?: string;

  @Field(() => User, { nullable: true })
  createdBy?: User;
}

@ObjectType()
@Directive('@interfaceObject')
@Directive('@key(fields: "id")')
class Inventory {
  @Field(() => ID)
  id!: string;

  @Field(() => [DeprecatedProduct])
  deprecatedProducts!: DeprecatedProduct[];
}

const JANE: User = {
  email: 'support@apollographql.com',
  name: 'Jane Smith',
  totalProductsCreated: 1337,
  yearsOfEmployment: 10,
};
const OLD: DeprecatedProduct = {
  sku: 'apollo-federation-v1',
  package: '@apollo/federation-v1',
  reason: 'Migrate to Federation V2',
  createdBy: JANE,
};
const RESEARCH: ProductResearch[] = ['Federation', 'Studio'].map((name, index) => ({
  study: { caseNumber: `${1234 + index}`, description: `${name} Study` },
  outcome: null,
}));
const PRODUCTS: Product[] = [
  { id: 'apollo-federation', sku: 'federation', package: '@apollo/federation', variation: { id: 'OSS' } },
  { id: 'apollo-studio', sku: 'studio', package: '', variation: { id: 'platform' } },
].map((product, index) => ({
  ...product,
  dimensions: { size: 'small', weight: 1, unit: 'kg' },
  createdBy: JANE,
  research: RESEARCH.slice(index, index + 1),
}));

@Resolver(() => Product)
class ProductResolver {
  @ReferenceResolver(() => Product)
  references(@Root() references: readonly Representation<Partial<Product>>[]): (Product | undefined)[] {
    return references.map((reference) =>
      PRODUCTS.find(
        ({ id, sku, package: name, variation }) =>
          id === reference.id ||
          (sku === reference.sku && (name === reference.package || variation?.id === reference.variation?.id)),
      ),
    );
  }

  @Query(() => Product, { nullable: true })
  product(@Arg('id', () => ID) id: string): Product | undefined {
    return PRODUCTS.find((product) => product.id === id);
  }
}

@Resolver(() => DeprecatedProduct)
class DeprecatedProductResolver {
  @ReferenceResolver(() => DeprecatedProduct)
  references(@Root() references: readonly Representation<DeprecatedProduct>[]): (DeprecatedProduct | null)[] {
    return references.map(({ sku, package: name }) => this.deprecatedProduct(sku, name));
  }

  @Query(() => DeprecatedProduct, { nullable: true, deprecationReason: 'Use product query instead' })
  deprecatedProduct(
    @Arg('sku', () => String) sku: string,
    @Arg('package', () => String) name: string,
  ): DeprecatedProduct | null {
    return sku === OLD.sku && name === OLD.package ? OLD : null;
  }
}

@Resolver(() => ProductResearch)
class ProductResearchResolver {
  @ReferenceResolver(() => ProductResearch)
  references(@Root() references: readonly Representation<ProductResearch>[]): (ProductResearch | undefined)[] {
    return references.map((reference) => RESEARCH.find(({ study }) => study.caseNumber === reference.study.caseNumber));
  }
}

@Resolver(() => User)
class UserResolver {
  @ReferenceResolver(() => User)
  references(@Root() references: readonly Representation<User>[]): User[] {
    return references.map((reference) => ({ ...reference, name: 'Jane Smith' }));
  }

  @FieldResolver(() => Int, { nullable: true })
  @Directive('@requires(fields: "totalProductsCreated yearsOfEmployment")')
  averageProductsCreatedPerYear(@Root() { totalProductsCreated, yearsOfEmployment }: User): number | null {
    return totalProductsCreated ? Math.round(totalProductsCreated / yearsOfEmployment) : null;
  }
}

@Resolver(() => Inventory)
class InventoryResolver {
  @FieldResolver(() => [DeprecatedProduct])
  deprecatedProducts(@Root() { id }: Inventory): DeprecatedProduct[] {
    return id === 'apollo-oss' ? [OLD] : [];
  }
}

/** Built anew at each call. */
export function buildProducts(): Subgraph {
  return buildSubgraph({
    resolvers: [ProductResolver, DeprecatedProductResolver, ProductResearchResolver, UserResolver, InventoryResolver],
    orphanedTypes: [Inventory],
    validate: false,
    directives: [
      ...specifiedDirectives,
      new GraphQLDirective({ name: 'custom', locations: [DirectiveLocation.OBJECT] }),
    ],
    links: [{ url: 'https://myspecs.dev/myCustomDirective/v1.0', import: ['@custom'] }],
    composeDirectives: ['@custom'],
  });
}
